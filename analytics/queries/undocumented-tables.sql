-- Tables and views that do not say what one of their rows is.
SELECT name
FROM system.tables
WHERE database = 'sbench' AND comment NOT LIKE 'One row a%'
ORDER BY name
