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

// Swift does not see macros that are put together of others.
static const int ferry_evp_pkey_public_key = EVP_PKEY_PUBLIC_KEY;
