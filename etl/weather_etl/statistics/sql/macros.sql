-- Shared by the three aggregates.
--
-- Sums are taken over whole millionths, which integers add exactly: the result does not depend on the order of the
-- rows, on threads or on how a run was split.  Means are rounded to 4 decimals (components and shares to 6,
-- directions to 2) when they leave a statement.

CREATE OR REPLACE MACRO micro(x) AS CAST(round(x * 1000000) AS BIGINT);
CREATE OR REPLACE MACRO exact_mean(x) AS CAST(sum(micro(x)) AS DOUBLE) / count(x) / 1000000;
CREATE OR REPLACE MACRO weighed_mean(x, weight) AS
    CAST(sum(micro(x) * weight) AS DOUBLE) / nullif(sum(weight) FILTER (x IS NOT NULL), 0) / 1000000;
CREATE OR REPLACE MACRO exact_sum(x) AS CAST(sum(micro(x)) AS DOUBLE) / 1000000;

-- Completeness: 75 % of what is expected for a mean (Directive 2008/50/EC, annexes; WMO practice of 2/3 to 75 %),
-- 50 % for extremes; what is not whole is then marked partial.
CREATE OR REPLACE MACRO if_complete(x, n, expected) AS CASE WHEN n >= 0.75 * expected THEN x END;
CREATE OR REPLACE MACRO if_half(x, n, expected) AS CASE WHEN n >= 0.5 * expected THEN x END;
-- Grades: 1 if what is published stands for the whole window, 3 if it is partial, 9 if there is nothing.  Of an hour 75 %
-- of the slots do, with sure values (extremes are made of them); of days and weeks every part must be graded 1 itself.
CREATE OR REPLACE MACRO grade(n, sure, expected) AS
    CASE WHEN n >= 0.75 * expected AND sure >= 0.75 * expected AND expected > 0 THEN 1
        WHEN (n >= 0.75 * expected OR sure >= 0.5 * expected) AND expected > 0 THEN 3 ELSE 9 END;
CREATE OR REPLACE MACRO grade_of_parts(whole, n, sure, expected) AS
    CASE WHEN whole >= expected THEN 1 WHEN n >= 0.75 * expected OR sure >= 0.5 * expected THEN 3 ELSE 9 END;

-- Direction a vector comes from, [0, 360); none for a vector of no length.
CREATE OR REPLACE MACRO from_direction(u, v) AS
    CASE WHEN sqrt(u * u + v * v) >= 0.000001 THEN round((degrees(atan2(-u, -v)) + 360) % 360, 2) % 360 END;
-- Mean direction of unit vectors, from the mean sine and cosine.
CREATE OR REPLACE MACRO unit_direction(s, c) AS
    CASE WHEN sqrt(s * s + c * c) >= 0.000001 THEN round((degrees(atan2(s, c)) + 360) % 360, 2) % 360 END;
CREATE OR REPLACE MACRO steadiness(u, v, scalar) AS
    CASE WHEN scalar > 0 THEN round(least(sqrt(u * u + v * v) / scalar, 1), 4) END;

-- The 16 sectors, N first; a rose is 16 counts in that order.
CREATE OR REPLACE MACRO sector_of(u, v) AS
    CAST(floor(((degrees(atan2(-u, -v)) + 360) % 360 + 11.25) / 22.5) AS INTEGER) % 16;
CREATE OR REPLACE MACRO rose_of(sector) AS concat_ws(' ',
    count(*) FILTER (sector = 0), count(*) FILTER (sector = 1), count(*) FILTER (sector = 2),
    count(*) FILTER (sector = 3), count(*) FILTER (sector = 4), count(*) FILTER (sector = 5),
    count(*) FILTER (sector = 6), count(*) FILTER (sector = 7), count(*) FILTER (sector = 8),
    count(*) FILTER (sector = 9), count(*) FILTER (sector = 10), count(*) FILTER (sector = 11),
    count(*) FILTER (sector = 12), count(*) FILTER (sector = 13), count(*) FILTER (sector = 14),
    count(*) FILTER (sector = 15));
CREATE OR REPLACE MACRO in_rose(rose, sector) AS CAST(split_part(rose, ' ', sector + 1) AS BIGINT);
CREATE OR REPLACE MACRO sum_of_roses(rose) AS CASE WHEN count(rose) > 0 THEN concat_ws(' ',
    sum(in_rose(rose, 0)), sum(in_rose(rose, 1)), sum(in_rose(rose, 2)), sum(in_rose(rose, 3)),
    sum(in_rose(rose, 4)), sum(in_rose(rose, 5)), sum(in_rose(rose, 6)), sum(in_rose(rose, 7)),
    sum(in_rose(rose, 8)), sum(in_rose(rose, 9)), sum(in_rose(rose, 10)), sum(in_rose(rose, 11)),
    sum(in_rose(rose, 12)), sum(in_rose(rose, 13)), sum(in_rose(rose, 14)), sum(in_rose(rose, 15))) END;
CREATE OR REPLACE MACRO rose_counts(rose) AS [CAST(part AS BIGINT) FOR part IN string_split(rose, ' ')];
CREATE OR REPLACE MACRO slots_of_rose(rose) AS CAST(list_sum(rose_counts(rose)) AS BIGINT);
CREATE OR REPLACE MACRO prevailing(rose) AS
    CASE WHEN list_max(rose_counts(rose)) > 0 THEN
        ['N', 'NNE', 'NE', 'ENE', 'E', 'ESE', 'SE', 'SSE', 'S', 'SSW', 'SW', 'WSW', 'W', 'WNW', 'NW', 'NNW'][
            list_position(rose_counts(rose), list_max(rose_counts(rose)))]
    END;

-- Standard deviation of n values from the exact sums of their ten-thousandths and of the squares of these.
CREATE OR REPLACE MACRO coarse(x) AS CAST(round(x * 10000) AS HUGEINT);
CREATE OR REPLACE MACRO deviation(n, total, squares) AS
    CASE WHEN n > 0 THEN round(sqrt(CAST(n * squares - total * total AS DOUBLE)) / n / 10000, 4) END;
