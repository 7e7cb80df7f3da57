"""What falls into a window of local days, found through indexes.

Times are stored in UTC in two spellings, whose common prefix is the UTC day. A local day lies within the UTC days beside it,
so the prefix narrows the search, and the exact local day decides.
"""

SOLD = '''
sold AS (
  SELECT o.id, o.store_id, o.customer_id, o.placed_at,
         date(o.placed_at, s.utc_offset_minutes || ' minutes') AS day
  FROM stores s CROSS JOIN orders o ON o.store_id = s.id
  WHERE o.placed_at >= date(:first, '-1 day') AND o.placed_at < date(:last, '+2 days')
    AND o.status = 'paid'
    AND date(o.placed_at, s.utc_offset_minutes || ' minutes') BETWEEN :first AND :last
)
'''

REFUNDED = '''
refunded AS (
  SELECT o.store_id, b.cents, date(b.refunded_at, s.utc_offset_minutes || ' minutes') AS day
  FROM refunds b
  CROSS JOIN order_lines l ON l.id = b.line_id
  CROSS JOIN orders o ON o.id = l.order_id
  CROSS JOIN stores s ON s.id = o.store_id
  WHERE b.refunded_at >= date(:first, '-1 day') AND b.refunded_at < date(:last, '+2 days')
    AND o.status = 'paid'
    AND date(b.refunded_at, s.utc_offset_minutes || ' minutes') BETWEEN :first AND :last
)
'''
