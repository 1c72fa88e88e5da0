SELECT o.customer_id, sum(o.total) AS spent, max(b.budget) AS budget
FROM {{ ref('stg_orders__orders') }} o
LEFT JOIN {{ ref('budget') }} b ON b.customer_id = o.customer_id
GROUP BY ALL
