from .rows import rows

SQL = '''
SELECT region, orders, gross_cents, discount_cents, refund_cents,
       gross_cents - discount_cents - refund_cents AS net_cents
FROM (
  SELECT
    COALESCE(r.region, '(none)') AS region,
    (
      SELECT count(*)
      FROM orders o JOIN stores s ON s.id = o.store_id
      WHERE s.region IS r.region AND o.status = 'paid'
        AND date(o.placed_at, s.utc_offset_minutes || ' minutes') BETWEEN :first AND :last
    ) AS orders,
    (
      SELECT COALESCE(sum((
        SELECT sum(l.quantity * l.unit_cents) FROM order_lines l WHERE l.order_id = o.id
      )), 0)
      FROM orders o JOIN stores s ON s.id = o.store_id
      WHERE s.region IS r.region AND o.status = 'paid'
        AND date(o.placed_at, s.utc_offset_minutes || ' minutes') BETWEEN :first AND :last
    ) AS gross_cents,
    (
      SELECT COALESCE(sum((
        SELECT sum(l.discount_cents) FROM order_lines l WHERE l.order_id = o.id
      )), 0)
      FROM orders o JOIN stores s ON s.id = o.store_id
      WHERE s.region IS r.region AND o.status = 'paid'
        AND date(o.placed_at, s.utc_offset_minutes || ' minutes') BETWEEN :first AND :last
    ) AS discount_cents,
    (
      SELECT COALESCE(sum((
        SELECT sum(b.cents)
        FROM refunds b
        WHERE b.line_id = l.id
          AND date(b.refunded_at, s.utc_offset_minutes || ' minutes') BETWEEN :first AND :last
      )), 0)
      FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN stores s ON s.id = o.store_id
      WHERE s.region IS r.region AND o.status = 'paid'
    ) AS refund_cents
  FROM (SELECT DISTINCT region FROM stores) r
)
ORDER BY net_cents DESC, region
'''


def regions(connection, first, last):
    """What each region sold and gave back."""
    return rows(connection, SQL, first=first, last=last)
