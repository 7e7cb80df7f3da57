SELECT number, name, checksum
FROM sbench.schema_migrations FINAL
ORDER BY number
