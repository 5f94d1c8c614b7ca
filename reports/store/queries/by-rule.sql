-- how many findings each rule has
SELECT rule, findings, open, new, high, medium, low, suppressed, confirmed
FROM rule_stats ORDER BY open DESC, rule
