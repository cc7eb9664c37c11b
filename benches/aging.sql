-- Receivables by age as of $day, by account and currency: from documents (credits negative), what
-- settled them (until it was taken back) and disputes. Amounts in minor units.
with settled as (
    select item, sum(amount) as amount
    from {settled}
    where day <= $day and (until is null or until > $day)
    group by item
), disputed as (
    select item, sum(amount) as amount from {disputes} where day <= $day group by item
), open_items as (
    select
        d.account, d.currency, d.amount - coalesce(s.amount, 0) as open,
        coalesce(x.amount, 0) as disputed, date_diff('day', d.due, $day) as age
    from {documents} as d
    left join settled as s on s.item = d.item
    left join disputed as x on x.item = d.item
    where d.day <= $day and d.amount <> coalesce(s.amount, 0)
)
select
    account, currency, count(*) as items,
    sum(case when age <= 0 then open else 0 end) as not_due,
    sum(case when age between 1 and 30 then open else 0 end) as d30,
    sum(case when age between 31 and 60 then open else 0 end) as d60,
    sum(case when age between 61 and 90 then open else 0 end) as d90,
    sum(case when age between 91 and 120 then open else 0 end) as d120,
    sum(case when age > 120 then open else 0 end) as older,
    sum(open) as total,
    sum(greatest(least(disputed, open), 0)) as disputed,
    sum(least(open, 0)) as unapplied
from open_items
group by account, currency
order by account, currency
