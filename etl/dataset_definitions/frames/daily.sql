-- $note
--
-- Statistics of closed local days, one row a station and day, from the hours as they are published.
--
-- From `hours` (rows of the hourly dataset, plus site and start_us = start of the hour in microseconds UTC) and `days`
-- (the closed days: site, local_date, start_us, end_us, n_hours_of_day, and daylight = the starts of the hours with
-- sun, null where the place is not known).  Means are means of valid hourly means; sums are sums of hours.
WITH joined AS (
    SELECT hours.*, days.n_hours_of_day, days.daylight, days.end_us AS day_end_us,
        (days.end_us - days.start_us) / 1000000 AS day_seconds
    FROM hours JOIN days USING (site, local_date)
),
day AS (
    SELECT
        site, station_id, local_date,
        -- a station whose interval is longer than an hour fills fewer hours
        CAST(least(max(n_hours_of_day), ceil(max(day_seconds) / max(slot_seconds))) AS INTEGER) AS n_expected,
        max(day_seconds) AS day_seconds,
        max(n_hours_of_day) AS n_hours_of_day,
        any_value(daylight) AS daylight,
        $window
    FROM joined
    GROUP BY site, station_id, local_date
),
judged AS (
    SELECT *,
        coalesce(rainfall_seconds >= day_seconds - 0.001, false) AS rain_covered,
        -- the amounts of the day account for all of it: complete; over gaps inside it: known, but in doubt
        CASE
            WHEN rainfall_seconds >= day_seconds - 0.001 THEN
                CASE WHEN rainfall_bridged > 0 OR rainfall_doubt THEN 3 ELSE 1 END
            WHEN rolling_day IS NOT NULL THEN 1
            ELSE 9
        END AS rain_quality,
        CASE WHEN daylight IS NULL THEN n_sunny = n_hours_of_day
            ELSE len(list_intersect(daylight, coalesce(sunny, []))) = len(daylight) END AS sun_complete
    FROM day
)
SELECT
    site, station_id, local_date,
    $columns
FROM judged
WHERE n_obs > 0  -- the amount of midnight alone, which ends the day before the first message, makes no day
ORDER BY site, station_id, local_date
