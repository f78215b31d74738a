# rows.awk: rounds into rows, in the order in which they came, with tabs:
# PART NAME OURS UNIT YARDSTICK THEIRS RATIO LEAST MOST ROUNDS BETTER TARGET MET
BEGIN { FS = OFS = "\t" }

$2 == "ROW" {
	key = $1 FS $3 FS $6
	if (!(key in rounds)) {
		order[++rows] = key
		part[key] = $1; name[key] = $3; unit[key] = $5
		yardstick[key] = $6; better[key] = $8; target[key] = $9
	}
	n = ++rounds[key]
	ours[key, n] = $4
	theirs[key, n] = $7
	ratio[key, n] = $4 / $7
}

# sort what V has of KEY into S
function sorted(v, key,    i, j, x) {
	for (i = 1; i <= rounds[key]; i++) {
		x = v[key, i] + 0
		for (j = i - 1; j >= 1 && s[j] > x; j--)
			s[j + 1] = s[j]
		s[j + 1] = x
	}
}

function median(v, key,    n) {
	n = rounds[key]
	sorted(v, key)
	return n % 2 ? s[(n + 1) / 2] : (s[n / 2] + s[n / 2 + 1]) / 2
}

END {
	for (i = 1; i <= rows; i++) {
		k = order[i]
		o = median(ours, k)
		t = median(theirs, k)
		r = median(ratio, k)
		least = s[1]
		most = s[rounds[k]]
		if (target[k] == "-")
			met = "-"
		else if (better[k] == "lower")
			met = r <= target[k] + 0 ? "yes" : "no"
		else
			met = r >= target[k] + 0 ? "yes" : "no"
		print part[k], name[k], o, unit[k], yardstick[k], t, r, least,
		    most, rounds[k], better[k], target[k], met
	}
}
