-- A copy of a shop on which the old migration 4 stopped. sqlite3 /tmp/shop.db < data/shop.sql
BEGIN TRANSACTION;
CREATE TABLE changes (
  id INTEGER PRIMARY KEY,
  what TEXT NOT NULL
);
CREATE TABLE customers (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT,
  active INTEGER NOT NULL DEFAULT 1
);
INSERT INTO "customers" VALUES(1,'Ana','ana@example.com',1);
INSERT INTO "customers" VALUES(2,'Bo','bo@example.com',1);
INSERT INTO "customers" VALUES(3,'Cleo','cleo.new@example.com',1);
INSERT INTO "customers" VALUES(4,'Dan O''Hara; Sons','dan@example.com',0);
INSERT INTO "customers" VALUES(5,'Eve','eve@example.com',1);
INSERT INTO "customers" VALUES(6,'Finn','finn@example.com',1);
INSERT INTO "customers" VALUES(7,'Gus',NULL,1);
INSERT INTO "customers" VALUES(8,'Hana','Ana@Example.com',0);
INSERT INTO "customers" VALUES(9,'Ivo','ivo@example.com',1);
INSERT INTO "customers" VALUES(10,'Jill','jill@example.com',1);
INSERT INTO "customers" VALUES(11,'Kai','',1);
INSERT INTO "customers" VALUES(12,'Lea',' Lea@example.com',0);
INSERT INTO "customers" VALUES(13,'Max','max@example.com',1);
INSERT INTO "customers" VALUES(14,'Nia','nia@example.com',1);
INSERT INTO "customers" VALUES(15,'Olu','olu@example.com',1);
INSERT INTO "customers" VALUES(16,'Pia',NULL,0);
INSERT INTO "customers" VALUES(17,'Quin','quin@example.com',1);
INSERT INTO "customers" VALUES(18,'Rosa','rosa@example.com',1);
INSERT INTO "customers" VALUES(19,'Sam','sam@example.com',1);
INSERT INTO "customers" VALUES(20,'Tia','tia@example.com',0);
INSERT INTO "customers" VALUES(21,'Uma','uma@example.com',1);
CREATE TABLE emails (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  address TEXT NOT NULL COLLATE NOCASE UNIQUE
);
INSERT INTO "emails" VALUES(1,1,'ana@example.com');
INSERT INTO "emails" VALUES(2,2,'bo@example.com');
INSERT INTO "emails" VALUES(3,3,'cleo@example.com');
INSERT INTO "emails" VALUES(4,5,'eve@example.com');
INSERT INTO "emails" VALUES(5,6,'finn@example.com');
INSERT INTO "emails" VALUES(6,9,'ivo@example.com');
INSERT INTO "emails" VALUES(7,10,'jill@example.com');
INSERT INTO "emails" VALUES(8,11,'');
INSERT INTO "emails" VALUES(9,13,'max@example.com');
INSERT INTO "emails" VALUES(10,14,'nia@example.com');
INSERT INTO "emails" VALUES(11,15,'olu@example.com');
INSERT INTO "emails" VALUES(12,17,'quin@example.com');
INSERT INTO "emails" VALUES(13,18,'rosa@example.com');
INSERT INTO "emails" VALUES(14,19,'sam@example.com');
CREATE TABLE notes (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  body TEXT NOT NULL -- free text; may be long
);
INSERT INTO "notes" VALUES(1,3,'likes tea; calls on mondays');
CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  total REAL,
  placed_at TEXT NOT NULL
, total_cents INTEGER);
INSERT INTO "orders" VALUES(1,8,59.38,'2024-05-24 10:00:00',5938);
INSERT INTO "orders" VALUES(2,13,116.91,'2024-05-03 10:00:00',11691);
INSERT INTO "orders" VALUES(3,3,-33.51,'2024-05-18 10:00:00',-3351);
INSERT INTO "orders" VALUES(4,10,-20.72,'2024-05-17 10:00:00',-2072);
INSERT INTO "orders" VALUES(5,18,78.04,'2024-05-25 10:00:00',7804);
INSERT INTO "orders" VALUES(6,6,-5.21,'2024-05-07 10:00:00',-521);
INSERT INTO "orders" VALUES(7,1,12.34,'2024-05-26 10:00:00',16994);
INSERT INTO "orders" VALUES(8,9,23.38,'2024-05-10 10:00:00',2338);
INSERT INTO "orders" VALUES(9,10,165.44,'2024-05-03 10:00:00',16544);
INSERT INTO "orders" VALUES(10,20,70.56,'2024-05-17 10:00:00',7056);
INSERT INTO "orders" VALUES(11,8,18.25,'2024-05-16 10:00:00',1825);
INSERT INTO "orders" VALUES(12,9,-10.73,'2024-05-27 10:00:00',-1073);
INSERT INTO "orders" VALUES(13,10,-37.64,'2024-05-19 10:00:00',-3764);
INSERT INTO "orders" VALUES(14,10,126.58,'2024-05-14 10:00:00',12658);
INSERT INTO "orders" VALUES(15,14,156.25,'2024-05-14 10:00:00',15625);
INSERT INTO "orders" VALUES(16,15,12.86,'2024-05-10 10:00:00',1286);
INSERT INTO "orders" VALUES(17,9,-25.84,'2024-05-02 10:00:00',-2584);
INSERT INTO "orders" VALUES(18,15,165.24,'2024-05-17 10:00:00',16524);
INSERT INTO "orders" VALUES(19,18,172.33,'2024-05-23 10:00:00',17233);
INSERT INTO "orders" VALUES(20,11,7.53,'2024-05-03 10:00:00',753);
INSERT INTO "orders" VALUES(21,14,26.41,'2024-05-09 10:00:00',2641);
INSERT INTO "orders" VALUES(22,6,76.59,'2024-05-24 10:00:00',7659);
INSERT INTO "orders" VALUES(23,19,65.07,'2024-05-07 10:00:00',6506);
INSERT INTO "orders" VALUES(24,11,NULL,'2024-05-23 10:00:00',NULL);
INSERT INTO "orders" VALUES(25,8,50.92,'2024-05-20 10:00:00',5092);
INSERT INTO "orders" VALUES(26,8,0.02,'2024-05-06 10:00:00',2);
INSERT INTO "orders" VALUES(27,10,NULL,'2024-05-02 10:00:00',NULL);
INSERT INTO "orders" VALUES(28,12,188.48,'2024-05-10 10:00:00',18848);
INSERT INTO "orders" VALUES(29,11,-34.05,'2024-05-10 10:00:00',-3404);
INSERT INTO "orders" VALUES(30,11,10.1,'2024-05-28 10:00:00',1010);
INSERT INTO "orders" VALUES(31,20,182.83,'2024-05-10 10:00:00',18283);
INSERT INTO "orders" VALUES(32,20,22.72,'2024-05-10 10:00:00',2272);
INSERT INTO "orders" VALUES(33,5,41.93,'2024-05-20 10:00:00',4193);
INSERT INTO "orders" VALUES(34,6,68.56,'2024-05-01 10:00:00',6856);
INSERT INTO "orders" VALUES(35,12,-25.33,'2024-05-06 10:00:00',-2533);
INSERT INTO "orders" VALUES(36,12,78.85,'2024-05-19 10:00:00',7884);
INSERT INTO "orders" VALUES(37,4,103.95,'2024-05-14 10:00:00',10395);
INSERT INTO "orders" VALUES(38,7,NULL,'2024-05-02 10:00:00',NULL);
INSERT INTO "orders" VALUES(39,2,15.26,'2024-05-22 10:00:00',1526);
INSERT INTO "orders" VALUES(40,5,NULL,'2024-05-18 10:00:00',NULL);
INSERT INTO "orders" VALUES(41,21,8.2,'2024-06-12 09:00:00',NULL);
CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);
INSERT INTO "schema_migrations" VALUES(1,'shop','2024-01-03 07:00:00');
INSERT INTO "schema_migrations" VALUES(2,'notes','2024-02-03 07:00:00');
INSERT INTO "schema_migrations" VALUES(3,'changes','2024-03-03 07:00:00');
CREATE TRIGGER customer_renamed AFTER UPDATE OF name ON customers
BEGIN
  INSERT INTO changes (what) VALUES ('renamed; ' || OLD.name || '; ' || NEW.name);
END;
COMMIT;
