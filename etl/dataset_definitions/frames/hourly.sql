-- $note
--
-- Statistics of clock hours in station time, one row a station and hour.
--
-- From `samples` (one row an observation: values that are flagged 4 or 9 are null; times in microseconds UTC;
-- u, v, vector_speed null without a direction unless calm; sine, cosine null when calm; the gust's direction falls
-- back on the wind's; expected_* = slots an hour for the variable; closed hours only) and `rain` (amounts with the hour
-- they belong to), each of several sites.
-- An hour is the mean of its slots, a slot the mean of its samples: bursts do not weigh more.
WITH slots AS (
    SELECT
        site, station_id, hour_us, slot,
        $slots
    FROM samples
    GROUP BY site, station_id, hour_us, slot
),
hours AS (
    SELECT
        site, station_id, hour_us,
        $window
    FROM slots
    GROUP BY site, station_id, hour_us
),
rainfall AS (
    SELECT
        site, station_id, hour_us,
        exact_sum(amount) AS amount,
        count(DISTINCT slot) AS rain_slots,
        max(expected) AS rain_expected,
        any_value(source) AS source,
        bool_and(bounded) AS bounded,
        bool_or(doubtful) AS doubtful
    FROM rain
    GROUP BY site, station_id, hour_us
),
judged AS (
    -- A counter's hour is complete when each of its increments had a baseline, a rolling hour when its value was
    -- taken at its end, amounts and rates when their slots are there.
    SELECT *, CASE
            WHEN amount IS NULL THEN 9
            WHEN source IN ('counter', 'since_midnight', 'rolling_1h') THEN
                CASE WHEN NOT bounded THEN 9 WHEN doubtful THEN 3 ELSE 1 END
            WHEN rain_slots < 0.75 * rain_expected THEN 9
            WHEN doubtful THEN 3
            ELSE 1
        END AS quality
    FROM rainfall
)
SELECT
    site, station_id, hour_us, local_date,
    $columns
FROM hours LEFT JOIN judged USING (site, station_id, hour_us)
ORDER BY site, station_id, hour_us
