# certificates.bash: certificates that openssl makes.
# shellcheck shell=bash

# authority NAME: NAME.key, NAME.pem
authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$1.key" -out "$1.pem" -days 2 -subj "/CN=$1" 2>/dev/null
}

# certificate NAME AUTHORITY SUBJECTS [CN]: NAME.key, NAME.pem, signed by it
certificate() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$1.key" -subj "/CN=${4:-$1}" -out "$1.csr" 2>/dev/null
	openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -days 2 \
	    -extfile <(echo "subjectAltName=$3") -out "$1.pem" 2>/dev/null
}
