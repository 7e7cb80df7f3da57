-- up
CREATE TABLE changes (
  id INTEGER PRIMARY KEY,
  what TEXT NOT NULL
);

-- Support wants to know who was renamed; 'old; new' is what their tool reads.
CREATE TRIGGER customer_renamed AFTER UPDATE OF name ON customers
BEGIN
  INSERT INTO changes (what) VALUES ('renamed; ' || OLD.name || '; ' || NEW.name);
END;

-- down
DROP TRIGGER customer_renamed;
DROP TABLE changes;
