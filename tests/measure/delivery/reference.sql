-- The definitions that Apache DevLake publishes for its DORA metrics, written anew for SQLite.
-- From its pages on deployment frequency, lead time for changes, change failure rate and time to
-- restore service. Tables: see test_reference.py. Days and weeks are those of UTC; a week begins
-- on Monday. DevLake takes the median by rank: of an even number of values the lower of the two in
-- the middle. A change is a pull request there, and here one of a single commit.

-- name: deployment_days
-- Days on which something came to production, each once.
SELECT DISTINCT date(finished) AS day
FROM deployments
WHERE result = 'SUCCESS' AND environment = 'PRODUCTION';

-- name: median_days_a_week
-- Of the weeks asked for, those without a deployment included.
WITH days AS (
    SELECT DISTINCT date(finished) AS day
    FROM deployments
    WHERE result = 'SUCCESS' AND environment = 'PRODUCTION'
),
weeks AS (
    SELECT week, (
        SELECT count(*) FROM days WHERE day >= week AND day < date(week, '+7 days')
    ) AS deployed
    FROM calendar
),
ranked AS (
    SELECT deployed, percent_rank() OVER (ORDER BY deployed) AS position FROM weeks
)
SELECT max(deployed) FROM ranked WHERE position <= 0.5;

-- name: lead_seconds
-- From when a change was authored to the first deployment that has it.
SELECT CAST(strftime('%s', min(d.finished)) AS INTEGER)
     - CAST(strftime('%s', c.authored) AS INTEGER)
FROM changes AS c
JOIN deployments AS d ON d.position >= c.position
WHERE d.result = 'SUCCESS' AND d.environment = 'PRODUCTION'
GROUP BY c.position, c.authored
HAVING min(d.finished) > (
    SELECT min(finished) FROM deployments
    WHERE result = 'SUCCESS' AND environment = 'PRODUCTION'
);

-- name: mean_recovery
SELECT sum(strftime('%s', resolved) - strftime('%s', created)), count(*)
FROM incidents
WHERE resolved IS NOT NULL;

-- name: change_failure_rate
-- A deployment failed when an incident is linked to it.
WITH linked AS (
    SELECT d.id, EXISTS (SELECT 1 FROM incidents AS i WHERE i.deployment = d.id) AS failed
    FROM deployments AS d
    WHERE d.result = 'SUCCESS' AND d.environment = 'PRODUCTION'
)
SELECT sum(failed), count(*) FROM linked;
