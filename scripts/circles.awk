# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Finds files that call each other in a circle. The input is the output of "nm -A -g
# OBJECT..." for the objects of one module, the output a line "FILE -> FILE: SYMBOL..."
# for each arrow of a circle. Paths are relative to the folder "top", since two files
# may have one name.
{
	file = $1
	sub(/:.*/, "", file)
	if (index(file, top) == 1)
		file = substr(file, length(top) + 1)
	sub(/\.o$/, ".c", file)
	name = $NF
	if ($(NF - 1) == "U")
		wants[file, name]
	else
		owner[name] = file
	files[file]
}

END {
	for (pair in wants) {
		split(pair, p, SUBSEP)
		if (p[2] in owner && owner[p[2]] != p[1]) {
			arrow = p[1] SUBSEP owner[p[2]]
			why[arrow] = why[arrow] " " p[2]
			reach[arrow]
		}
	}

	# Find all files that a file reaches, by way of each file in turn.
	for (via in files)
		for (from in files)
			if ((from, via) in reach)
				for (to in files)
					if ((via, to) in reach)
						reach[from, to]

	for (arrow in why) {
		split(arrow, p, SUBSEP)
		if ((p[2], p[1]) in reach)
			print p[1] " -> " p[2] ":" why[arrow]
	}
}
