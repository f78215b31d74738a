# table.awk: the table for people.
BEGIN {
	FS = "\t"
	line = "%-38s %9s %-9s %-34s %9s %7s %-15s %8s %s\n"
	printf line, "", "ours", "", "beside", "", "ratio", "(least..most)",
	    "target", "met"
}

function figure(x) {
	return x >= 1000 ? sprintf("%.0f", x) : sprintf("%.4g", x)
}

function short(x) {
	return sprintf(x >= 100 ? "%.0f" : x >= 0.1 ? "%.2f" : "%.4f", x)
}

$1 != part { print $1; part = $1 }

{
	wish = $12 == "-" ? "" : ($11 == "lower" ? "<= " : ">= ") $12
	printf line, "  " $2, figure($3), $4, $5, figure($6), short($7),
	    "(" short($8) ".." short($9) ")", wish, $13 == "-" ? "" : $13
	wanted += $13 != "-"
	met += $13 == "yes"
}

END { printf "%d of %d targets met\n", met, wanted }
