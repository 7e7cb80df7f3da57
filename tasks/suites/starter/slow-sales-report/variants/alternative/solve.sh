#!/bin/bash
# Fetches the window once and adds up in Python; other indexes.
set -euo pipefail
cp /solution/sales/*.py /app/sales/
cat >> /app/sales/schema.sql <<'SQL'

CREATE INDEX orders_placed_at ON orders (placed_at);
CREATE INDEX orders_customer ON orders (customer_id, placed_at);
CREATE INDEX lines_order ON order_lines (order_id);
CREATE INDEX refunds_refunded_at ON refunds (refunded_at, line_id, cents);
SQL
