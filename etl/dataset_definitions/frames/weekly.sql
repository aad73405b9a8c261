-- $note
--
-- Statistics of closed weeks of local days, one row a station and week, from the days as they are published.
--
-- From `days` (rows of the daily dataset, plus site and start_us) and `weeks` (the days of closed weeks: site,
-- local_date, week_date = first local day of the week, n_days_of_week).  Means are means of valid daily means; sums
-- are sums of days.
WITH joined AS (
    SELECT days.*, weeks.week_date, weeks.n_days_of_week
    FROM days JOIN weeks USING (site, local_date)
),
week AS (
    SELECT
        site, station_id, week_date AS local_date,
        max(n_days_of_week) AS n_expected,
        $window
    FROM joined
    GROUP BY site, station_id, week_date
)
SELECT
    site, station_id, local_date,
    $columns
FROM week
ORDER BY site, station_id, local_date
