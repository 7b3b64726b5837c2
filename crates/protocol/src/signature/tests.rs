use super::*;
use proptest::prelude::*;

const APP: Credentials<'_> = Credentials::new("278d425bdf160c739803", "7ad3773142a6692b25b8");
const BODY: &[u8] = br#"{"name":"foo","channels":["project-3"],"data":"{\"some\":\"data\"}"}"#;
const NOW: u64 = 1_353_088_179;
const QUERY: &str = "auth_key=278d425bdf160c739803&auth_timestamp=1353088179&auth_version=1.0&body_md5=ec365a775a4cd0599faeb73354201b6f\
    &auth_signature=da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c";

fn check(query: &str, body: &[u8], now_s: u64) -> Result<(), SignatureError> {
    verify(
        APP,
        Request {
            method: "POST",
            path: "/apps/3/events",
            query,
            body,
        },
        now_s,
    )
}

#[test]
fn documented_vector() {
    assert_eq!(check(QUERY, BODY, NOW), Ok(()));
    assert_eq!(sign(APP, "POST", "/apps/3/events", &[], BODY, NOW), QUERY);
}

#[test]
fn order_and_case_of_keys_and_encoding_of_values_do_not_matter() {
    let parts: Vec<&str> = QUERY.split('&').rev().collect();
    let shuffled = parts
        .join("&")
        .replace("auth_version", "Auth_Version")
        .replace("1.0", "1%2E0");
    assert_eq!(check(&shuffled, BODY, NOW), Ok(()));
}

#[test]
fn a_request_is_good_for_ten_minutes_either_way() {
    for now in [NOW - 600, NOW + 600] {
        assert_eq!(check(QUERY, BODY, now), Ok(()));
    }
    for now in [NOW - 601, NOW + 601] {
        assert_eq!(
            check(QUERY, BODY, now),
            Err(SignatureError::Expired {
                timestamp: NOW,
                now
            })
        );
    }
}

#[test]
fn every_part_of_the_request_counts() {
    let wrong = |request| verify(APP, request, NOW).unwrap_err();
    let good = Request {
        method: "POST",
        path: "/apps/3/events",
        query: QUERY,
        body: BODY,
    };
    let more = format!("{QUERY}&info=user_count");
    for request in [
        Request {
            method: "GET",
            ..good
        },
        Request {
            path: "/apps/4/events",
            ..good
        },
        Request {
            query: &more,
            ..good
        },
    ] {
        assert!(matches!(
            wrong(request),
            SignatureError::WrongSignature { .. }
        ));
    }
    assert!(matches!(
        wrong(Request {
            body: b"{}",
            ..good
        }),
        SignatureError::BodyDigest { .. }
    ));
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let without = |name: &str| {
        let kept: Vec<&str> = QUERY
            .split('&')
            .filter(|pair| !pair.starts_with(name))
            .collect();
        check(&kept.join("&"), BODY, NOW).unwrap_err()
    };
    for name in [
        "auth_key",
        "auth_timestamp",
        "auth_version",
        "auth_signature",
        "body_md5",
    ] {
        assert_eq!(without(name), SignatureError::Missing(name));
    }
    assert_eq!(
        check(&format!("{QUERY}&AUTH_KEY=x"), BODY, NOW),
        Err(SignatureError::Repeated("auth_key"))
    );
    let change = |from: &str, to: &str| check(&QUERY.replace(from, to), BODY, NOW).unwrap_err();
    assert_eq!(
        change("auth_key=2", "auth_key=3"),
        SignatureError::UnknownKey
    );
    assert_eq!(change("1.0", "2.0"), SignatureError::Version);
    assert_eq!(change("1353088179", "soon"), SignatureError::BadTimestamp);
    assert_eq!(change("1353088179", "-1"), SignatureError::BadTimestamp);
}

#[test]
fn a_request_without_a_body_may_carry_the_digest_of_nothing() {
    let get = |query: &str| {
        verify(
            APP,
            Request {
                method: "GET",
                path: "/apps/3/channels",
                query,
                body: b"",
            },
            NOW,
        )
    };
    assert_eq!(
        get(&sign(APP, "GET", "/apps/3/channels", &[], b"", NOW)),
        Ok(())
    );
    let empty = body_md5(b"");
    assert_eq!(empty, "d41d8cd98f00b204e9800998ecf8427e");
    assert_eq!(
        get(&sign(
            APP,
            "GET",
            "/apps/3/channels",
            &[("body_md5", &empty)],
            b"",
            NOW
        )),
        Ok(())
    );
}

#[test]
fn the_text_to_sign_is_told_and_the_secret_never() {
    let error = check(&QUERY.replace("da454824", "00000000"), BODY, NOW)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(r"POST\n/apps/3/events\nauth_key=278d425bdf160c739803&auth_timestamp="),
        "{error}"
    );
    assert!(!error.contains(APP.secret));
}

proptest! {
    #[test]
    fn what_is_signed_here_is_accepted_here(
        parameters in proptest::collection::vec(("[a-zA-Z]{1,6}x", ".{0,12}"), 0..4),
        body in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let parameters: Vec<(&str, &str)> = parameters.iter().map(|(key, value)| (&**key, &**value)).collect();
        let query = sign(APP, "post", "/apps/1/events", &parameters, &body, NOW);
        let request = Request { method: "POST", path: "/apps/1/events", query: &query, body: &body };
        prop_assert_eq!(verify(APP, request, NOW), Ok(()));
    }

    #[test]
    fn no_query_makes_the_check_panic(query in ".*") {
        let _ = check(&query, b"", NOW);
    }
}
