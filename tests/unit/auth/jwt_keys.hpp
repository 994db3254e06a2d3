#pragma once

#include <chanx/auth/jwt.hpp>

#include <sodium.h>

#include <string>
#include <string_view>

namespace jwt_test {

inline std::string base64url(std::string_view bytes) {
    constexpr int form = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string text(sodium_base64_encoded_len(bytes.size(), form), '\0');
    sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      bytes.size(), form);
    text.pop_back();
    return text;
}

inline const std::string secret(32, 's');

/// Signs with HS256, by another library's HMAC than the one that checks it.
inline std::string sign(std::string_view header, std::string_view claims, std::string_view key = secret) {
    const std::string text = base64url(header) + "." + base64url(claims);
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()), key.size());
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    std::string signature(crypto_auth_hmacsha256_BYTES, '\0');
    crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(signature.data()));
    return text + "." + base64url(signature);
}
inline std::string sign(std::string_view claims) {
    return sign(R"({"alg":"HS256","typ":"JWT"})", claims);
}

// The keys and tokens of RFC 7515, appendices A.1 to A.3.
inline constexpr std::string_view rfc_claims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
inline const std::string rfc_hs256 = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + std::string(rfc_claims) +
                                     ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
inline constexpr std::string_view rfc_secret_base64url =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
inline const std::string rfc_rs256 =
    "eyJhbGciOiJSUzI1NiJ9." + std::string(rfc_claims) +
    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJd"
    "bF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN938"
    "3LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkW"
    "ywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
inline const std::string rfc_es256 =
    "eyJhbGciOiJFUzI1NiJ9." + std::string(rfc_claims) +
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

inline const std::string rsa_key = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj
NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz
P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo
9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB
EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX
FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp
oQIDAQAB
-----END PUBLIC KEY-----
)";
inline const std::string p256_key = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----
)";

// Made with openssl's command line; for their kind only.
inline const std::string p384_key = R"(-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE9SMn/Ma3ttxwKzgADvtSGZHN10riwQvE
L8Ijl8TZ1J/IykMqVw7BbHNukxg/RxB6StI/5hX8tRmCVi29Dhe2AifgVo9x//WO
LOkTAntHsyuv4za7/X/z7VZpQFfqpqIP
-----END PUBLIC KEY-----
)";
inline const std::string short_rsa_key = R"(-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDAZSJN5ZMkIDfTaZC5Leb+bM8z
soa4G4tHJmYIc7m/KO4nIem9/lGFKeBaANSJgFC364t+zSOZ09OtZdzIqqHKTS+M
Qtio90ZpHcYMlyCM22z/c0xBUpZjz4ehYCteg6Z4W/hWNnO0SltUOpsvmiw84i0L
hPHOtoLQ2h3EJKALOwIDAQAB
-----END PUBLIC KEY-----
)";

}  // namespace jwt_test
