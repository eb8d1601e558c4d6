// The hash functions that let their state be saved are called deprecated since 3.0, and there are no others.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// Swift does not see macros that are put together of others.
static const int ferry_evp_pkey_public_key = EVP_PKEY_PUBLIC_KEY;

// Swift does not see unions inside of structures that have no name, nor the typed stacks.
// Gives the kind of an alternative name and its bytes, which belong to the list; NULL for kinds other than names and addresses.
static inline const unsigned char *ferry_alternative_name(const GENERAL_NAMES *names, int index, int *kind, int *length) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    if (name == NULL || (name->type != GEN_DNS && name->type != GEN_IPADD)) return NULL;
    const ASN1_STRING *text = name->type == GEN_DNS ? name->d.dNSName : name->d.iPAddress;
    *kind = name->type;
    *length = ASN1_STRING_length(text);
    return ASN1_STRING_get0_data(text);
}

static inline int ferry_alternative_name_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }
