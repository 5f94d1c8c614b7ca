-- findings carried over because their code was not analysed this time
SELECT fp, rule, file || ':' || line AS at, message FROM findings WHERE carried
ORDER BY file, line
