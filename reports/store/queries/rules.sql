-- the rules of the latest run
SELECT DISTINCT rule_id rule, family, level, precision, summary FROM latest_run
JOIN run_rule USING(run_id) JOIN rule USING(rule_id) ORDER BY family, rule
