-- $note
--
-- Statistics of clock hours in station time, one row a station and hour.
--
-- From `samples` (one row an observation: values that are flagged 4 or 9 are null, and in *_sure and in extremes those
-- flagged 3 too; times in microseconds UTC; u, v, vector_speed null without a direction unless calm; sine, cosine null
-- when calm; the gust's direction falls back on the wind's; expected_* = slots an hour for the variable, 0 where the
-- station does not report it; closed hours only) and `rain` (amounts with the hour that they belong to, and how much
-- time they account for), each of several sites.
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
        any_value(local_date) AS rain_date,
        max(slot_seconds) AS rain_slot_seconds,
        max(expected) AS rain_expected,
        max(hour_seconds) AS rain_hour_seconds,
        exact_sum(amount) AS amount,
        exact_sum(accumulated) AS accumulated,
        exact_sum(seconds) AS seconds,
        exact_sum(bridged) AS bridged,
        any_value(source) AS source,
        bool_or(doubtful) AS doubtful,
        max(rolling_day) AS rolling_day
    FROM rain
    GROUP BY site, station_id, hour_us
),
judged AS (
    -- A sum allows no missing part: the amounts must account for the whole hour, and for no more.
    SELECT *, CASE
            WHEN amount IS NULL OR accumulated > 0 OR seconds < rain_hour_seconds - 0.001 THEN 9
            WHEN doubtful THEN 3
            ELSE 1
        END AS quality
    FROM rainfall
)
SELECT
    site, station_id, hour_us, coalesce(local_date, rain_date) AS local_date,
    $columns
FROM hours FULL JOIN judged USING (site, station_id, hour_us)
ORDER BY site, station_id, hour_us
