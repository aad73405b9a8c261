-- $note
--
-- Statistics of closed local days, one row a station and day, from the hours as they are published.
--
-- From `hours` (rows of the hourly dataset, plus site and start_us = start of the hour in microseconds UTC) and `days`
-- (the closed days: site, local_date, start_us, end_us, n_expected = 23, 24 or 25 hours).  Means are means of valid
-- hourly means; sums are sums of hours.
WITH joined AS (
    SELECT hours.*, days.start_us AS day_us, days.end_us AS day_end_us, days.n_expected AS hours_expected
    FROM hours JOIN days USING (site, local_date)
),
day AS (
    SELECT
        site, station_id, local_date,
        max(hours_expected) AS n_expected,
        $window
    FROM joined
    GROUP BY site, station_id, local_date
),
judged AS (
    SELECT *, CASE
            WHEN rainfall_n = n_expected THEN rainfall_worst
            WHEN bridged AND hours_without_rain = 0 THEN 3
            ELSE 9
        END AS rain_quality
    FROM day
)
SELECT
    site, station_id, local_date,
    $columns
FROM judged
ORDER BY site, station_id, local_date
