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
        sum(n_obs) AS n_obs,
        count(*) AS n_hours,
        sum(n_suspect) AS n_suspect,
        sum(n_fail) AS n_fail,
        bool_or(contains(derived, 'dew_point_temperature')) AS dew_point_derived,
        bool_or(contains(derived, 'air_pressure_at_mean_sea_level')) AS sea_level_derived,
        exact_mean(air_temperature_mean) AS air_temperature_mean,
        count(air_temperature_mean) AS air_temperature_n,
        min(air_temperature_min) AS air_temperature_min,
        max(air_temperature_max) AS air_temperature_max,
        arg_min(air_temperature_min_time, row(air_temperature_min, start_us)) FILTER (air_temperature_min IS NOT NULL) AS air_temperature_min_time,
        arg_max(air_temperature_max_time, row(air_temperature_max, -start_us)) FILTER (air_temperature_max IS NOT NULL) AS air_temperature_max_time,
        exact_mean(dew_point_temperature_mean) AS dew_point_temperature_mean,
        count(dew_point_temperature_mean) AS dew_point_temperature_n,
        min(dew_point_temperature_min) AS dew_point_temperature_min,
        max(dew_point_temperature_max) AS dew_point_temperature_max,
        exact_mean(relative_humidity_mean) AS relative_humidity_mean,
        count(relative_humidity_mean) AS relative_humidity_n,
        min(relative_humidity_min) AS relative_humidity_min,
        max(relative_humidity_max) AS relative_humidity_max,
        exact_mean(air_pressure_mean) AS air_pressure_mean,
        count(air_pressure_mean) AS air_pressure_n,
        min(air_pressure_min) AS air_pressure_min,
        max(air_pressure_max) AS air_pressure_max,
        exact_mean(air_pressure_at_mean_sea_level_mean) AS air_pressure_at_mean_sea_level_mean,
        count(air_pressure_at_mean_sea_level_mean) AS air_pressure_at_mean_sea_level_n,
        min(air_pressure_at_mean_sea_level_min) AS air_pressure_at_mean_sea_level_min,
        max(air_pressure_at_mean_sea_level_max) AS air_pressure_at_mean_sea_level_max,
        exact_mean(wind_speed_mean) AS wind_speed_mean,
        max(wind_speed_max) AS wind_speed_max,
        count(wind_speed_mean) AS wind_speed_n,
        exact_mean(wind_u_mean) AS u,
        exact_mean(wind_v_mean) AS v,
        count(wind_u_mean) AS wind_vector_n,
        exact_mean(wind_vector_scalar_mean) AS vector_speed,
        exact_mean(wind_sin_mean) AS sine,
        exact_mean(wind_cos_mean) AS cosine,
        count(wind_sin_mean) AS wind_direction_n,
        sum(wind_calm_n) AS wind_calm_n,
        sum(wind_slot_n) AS wind_slot_n,
        sum_of_roses(wind_rose) AS wind_rose,
        max(wind_gust_max) AS gust,
        arg_max(wind_gust_time, row(wind_gust_max, -start_us)) FILTER (wind_gust_max IS NOT NULL) AS gust_time,
        arg_max_null(wind_gust_direction, row(wind_gust_max, -start_us)) FILTER (wind_gust_max IS NOT NULL) AS gust_direction,
        exact_mean(downwelling_shortwave_mean) AS downwelling_shortwave_mean,
        max(downwelling_shortwave_max) AS downwelling_shortwave_max,
        count(downwelling_shortwave_mean) AS downwelling_shortwave_n,
        max(ultraviolet_index_max) AS ultraviolet_index_max,
        max(illuminance_max) AS illuminance_max,
        min(battery_voltage_min) AS battery_voltage_min,
        exact_sum(rainfall_observed) AS rainfall_observed,
        count(rainfall_total) AS rainfall_n,
        max(rainfall_rate_max) AS rainfall_rate_max,
        max(rainfall_qc) FILTER (rainfall_total IS NOT NULL) AS rainfall_worst,
        arg_max(rainfall_source, start_us) FILTER (rainfall_source IS NOT NULL) AS rainfall_source,
        max(rainfall_total) AS rainfall_hour_max,
        count(*) FILTER (rainfall_observed >= 0.2) AS wet_hours,
        count(*) FILTER (rainfall_total IS NULL) AS hours_without_rain,
        -- a counter bridges missing hours inside the day: first and last hour are there, or the last alone
        -- where the count begins at midnight
        (bool_or(start_us = day_us AND rainfall_total IS NOT NULL) OR bool_and(rainfall_source = 'since_midnight'))
            AND bool_or(start_us + 3600000000 = day_end_us AND rainfall_total IS NOT NULL)
            AND bool_and(rainfall_source IN ('counter', 'since_midnight')) AS bridged
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
    site, station_id, local_date, n_obs, n_hours, n_expected,
    round(least(n_hours / n_expected, 1), 4) AS coverage,
    n_suspect, n_fail,
    greatest(grade(n_hours, n_expected), grade_if_any(air_temperature_n, n_expected), grade_if_any(dew_point_temperature_n, n_expected), grade_if_any(relative_humidity_n, n_expected), grade_if_any(air_pressure_n, n_expected), grade_if_any(air_pressure_at_mean_sea_level_n, n_expected), grade_if_any(wind_speed_n, n_expected)) AS qc,
    nullif(concat_ws(' ',
        CASE WHEN dew_point_derived THEN 'dew_point_temperature' END,
        CASE WHEN sea_level_derived THEN 'air_pressure_at_mean_sea_level' END), '') AS derived,
    round(if_complete(air_temperature_mean, air_temperature_n, n_expected), 4) AS air_temperature_mean,
    if_half(air_temperature_min, air_temperature_n, n_expected) AS air_temperature_min,
    if_half(air_temperature_min_time, air_temperature_n, n_expected) AS air_temperature_min_time,
    if_half(air_temperature_max, air_temperature_n, n_expected) AS air_temperature_max,
    if_half(air_temperature_max_time, air_temperature_n, n_expected) AS air_temperature_max_time,
    air_temperature_n,
    grade(air_temperature_n, n_expected) AS air_temperature_qc,
    round(if_complete(dew_point_temperature_mean, dew_point_temperature_n, n_expected), 4) AS dew_point_temperature_mean,
    if_half(dew_point_temperature_min, dew_point_temperature_n, n_expected) AS dew_point_temperature_min,
    if_half(dew_point_temperature_max, dew_point_temperature_n, n_expected) AS dew_point_temperature_max,
    dew_point_temperature_n,
    grade(dew_point_temperature_n, n_expected) AS dew_point_temperature_qc,
    round(if_complete(relative_humidity_mean, relative_humidity_n, n_expected), 4) AS relative_humidity_mean,
    if_half(relative_humidity_min, relative_humidity_n, n_expected) AS relative_humidity_min,
    if_half(relative_humidity_max, relative_humidity_n, n_expected) AS relative_humidity_max,
    relative_humidity_n,
    grade(relative_humidity_n, n_expected) AS relative_humidity_qc,
    round(if_complete(air_pressure_mean, air_pressure_n, n_expected), 4) AS air_pressure_mean,
    if_half(air_pressure_min, air_pressure_n, n_expected) AS air_pressure_min,
    if_half(air_pressure_max, air_pressure_n, n_expected) AS air_pressure_max,
    air_pressure_n,
    grade(air_pressure_n, n_expected) AS air_pressure_qc,
    round(if_complete(air_pressure_at_mean_sea_level_mean, air_pressure_at_mean_sea_level_n, n_expected), 4) AS air_pressure_at_mean_sea_level_mean,
    if_half(air_pressure_at_mean_sea_level_min, air_pressure_at_mean_sea_level_n, n_expected) AS air_pressure_at_mean_sea_level_min,
    if_half(air_pressure_at_mean_sea_level_max, air_pressure_at_mean_sea_level_n, n_expected) AS air_pressure_at_mean_sea_level_max,
    air_pressure_at_mean_sea_level_n,
    grade(air_pressure_at_mean_sea_level_n, n_expected) AS air_pressure_at_mean_sea_level_qc,
    round(if_half((air_temperature_max + air_temperature_min) / 2, air_temperature_n, n_expected), 4)
        AS air_temperature_midrange,
    round(if_complete(wind_speed_mean, wind_speed_n, n_expected), 4) AS wind_speed_mean,
    if_half(wind_speed_max, wind_speed_n, n_expected) AS wind_speed_max,
    wind_speed_n,
    grade(wind_speed_n, n_expected) AS wind_speed_qc,
    round(if_complete(u, wind_vector_n, n_expected), 6) AS wind_u_mean,
    round(if_complete(v, wind_vector_n, n_expected), 6) AS wind_v_mean,
    wind_vector_n,
    round(if_complete(sqrt(u * u + v * v), wind_vector_n, n_expected), 4) AS wind_vector_speed,
    if_complete(from_direction(u, v), wind_vector_n, n_expected) AS wind_vector_direction,
    round(if_complete(vector_speed, wind_vector_n, n_expected), 4) AS wind_vector_scalar_mean,
    if_complete(steadiness(u, v, vector_speed), wind_vector_n, n_expected) AS wind_steadiness,
    round(if_complete(sine, wind_vector_n, n_expected), 6) AS wind_sin_mean,
    round(if_complete(cosine, wind_vector_n, n_expected), 6) AS wind_cos_mean,
    wind_direction_n,
    if_complete(unit_direction(sine, cosine), wind_vector_n, n_expected) AS wind_unit_direction,
    wind_calm_n,
    wind_slot_n,
    CASE WHEN wind_slot_n > 0 THEN round(wind_calm_n / wind_slot_n, 4) END AS wind_calm_share,
    wind_rose,
    prevailing(wind_rose) AS wind_prevailing_sector,
    gust AS wind_gust_max,
    gust_time AS wind_gust_time,
    gust_direction AS wind_gust_direction,
    CASE WHEN rain_quality < 9 THEN round(rainfall_observed, 4) END AS rainfall_total,
    round(rainfall_observed, 4) AS rainfall_observed,
    rainfall_source, rainfall_n, rain_quality AS rainfall_qc,
    rainfall_hour_max, wet_hours, rainfall_rate_max,
    round(if_complete(downwelling_shortwave_mean, downwelling_shortwave_n, n_expected), 4) AS downwelling_shortwave_mean,
    if_half(downwelling_shortwave_max, downwelling_shortwave_n, n_expected) AS downwelling_shortwave_max,
    downwelling_shortwave_n,
    grade(downwelling_shortwave_n, n_expected) AS downwelling_shortwave_qc,
    -- the mean over the day in W/m2 times its seconds
    round(if_complete(downwelling_shortwave_mean, downwelling_shortwave_n, n_expected) * n_expected * 3600 / 1000000, 4)
        AS downwelling_shortwave_total,
    ultraviolet_index_max, illuminance_max, battery_voltage_min
FROM judged
ORDER BY site, station_id, local_date
