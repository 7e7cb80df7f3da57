-- up
CREATE TABLE notes (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  body TEXT NOT NULL -- free text; may be long
);

-- down
DROP TABLE notes;
