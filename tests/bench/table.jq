# table.jq: the same for programs.
def table: split("\n") | map(select(. != "") | split("\t"));
{
	machine: ($machine | table | map({ (.[0]): .[1] }) | add),
	rows: ($rows | table | map({
		part: .[0], name: .[1], ours: (.[2] | tonumber), unit: .[3],
		yardstick: { name: .[4], figure: (.[5] | tonumber) },
		ratio: (.[6] | tonumber), least: (.[7] | tonumber),
		most: (.[8] | tonumber), rounds: (.[9] | tonumber),
		better: .[10],
		target: (if .[11] == "-" then null else .[11] | tonumber end),
		met: (if .[12] == "-" then null else .[12] == "yes" end)
	})),
	seconds: ($seconds | table | map({ (.[0]): (.[1] | tonumber) }) | add)
}
