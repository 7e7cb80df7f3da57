#!/bin/bash
set -euo pipefail
cp /solution/sales/*.py /app/sales/
cat >> /app/sales/schema.sql <<'SQL'

-- The report looks for a window of time in each store, and from there for lines, refunds and earlier orders.
CREATE INDEX orders_by_store_and_time ON orders (store_id, placed_at);
CREATE INDEX orders_by_customer ON orders (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX order_lines_by_order ON order_lines (order_id);
CREATE INDEX refunds_by_time ON refunds (refunded_at);
SQL
