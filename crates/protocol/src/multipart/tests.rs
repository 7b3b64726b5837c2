use super::*;
use proptest::prelude::*;

/// The parts of a body, whole, however it is cut.
fn parts_in(body: &[u8], cut: usize) -> Result<Vec<(PartHead, Vec<u8>)>, MultipartError> {
    let mut multipart = Multipart::new("multipart/form-data; boundary=XX")?;
    let mut parts = Vec::new();
    let mut chunks = body.chunks(cut);
    loop {
        match multipart.piece()? {
            Some(Piece::Begin(head)) => parts.push((head, Vec::new())),
            Some(Piece::Data(bytes)) => {
                assert!(!bytes.is_empty());
                parts.last_mut().unwrap().1.extend(bytes);
            }
            Some(Piece::End) => {}
            Some(Piece::Done) => return Ok(parts),
            None => match chunks.next() {
                Some(chunk) => multipart.push(chunk),
                None => multipart.end(),
            },
        }
        assert!(multipart.buffer.len() <= MAX_HEAD + cut + MAX_BOUNDARY + 8);
    }
}

fn parts(body: &[u8]) -> Result<Vec<(PartHead, Vec<u8>)>, MultipartError> {
    let whole = parts_in(body, 100_000);
    for cut in [1, 2, 3, 7, 64] {
        assert_eq!(whole, parts_in(body, cut), "cut every {cut}");
    }
    whole
}

fn head(name: &str, file_name: Option<&str>) -> PartHead {
    PartHead {
        name: name.to_owned(),
        file_name: file_name.map(ToOwned::to_owned),
    }
}

fn one(disposition: &str) -> Result<PartHead, MultipartError> {
    let body = format!("--XX\r\nContent-Disposition: {disposition}\r\n\r\n\r\n--XX--");
    Ok(parts(body.as_bytes())?.remove(0).0)
}

#[test]
fn parts_come_out_as_they_went_in() {
    let body = b"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XX  \r\ncontent-type: image/png\r\n\
        content-disposition: form-data; name=\"file\"; filename=\"b.png\"\r\n\r\n\r\n--X\r\n-XX--\r\nXX\r\n\r\n--XX--\r\nepilogue";
    assert_eq!(
        parts(body).unwrap(),
        [
            (head("a", None), b"1".to_vec()),
            (
                head("file", Some("b.png")),
                b"\r\n--X\r\n-XX--\r\nXX\r\n".to_vec()
            ),
        ]
    );
    assert_eq!(parts(b"--XX--"), Ok(Vec::new()));
}

#[test]
fn names_are_read_as_browsers_and_curl_write_them() {
    for (disposition, expected) in [
        (
            "form-data; name=\"f\"; filename=\"a%22b.txt\"",
            head("f", Some("a\"b.txt")),
        ),
        (
            r#"form-data; name="f"; filename="a\"b\\c.txt""#,
            head("f", Some(r#"a"b\c.txt"#)),
        ),
        (
            r#"form-data; name="f"; filename="C:\x\y.txt""#,
            head("f", Some(r"C:\x\y.txt")),
        ),
        (
            "form-data; name=f; filename=b.txt",
            head("f", Some("b.txt")),
        ),
        (
            "form-data; name=\"f\"; filename=\"año;=.txt\" ; x=y",
            head("f", Some("año;=.txt")),
        ),
        (
            "form-data; name=\"f\"; filename=\"x\"; filename*=UTF-8''a%C3%B1o.txt",
            head("f", Some("año.txt")),
        ),
        ("form-data; name=\"f\"; filename=\"\"", head("f", Some(""))),
        (
            "form-data; name=\"f\"; filename=\"../../etc/passwd\"",
            head("f", Some("../../etc/passwd")),
        ),
        (
            "form-data; name=\"f\"; filename=\"50%off.txt\"",
            head("f", Some("50%off.txt")),
        ),
    ] {
        assert_eq!(one(disposition), Ok(expected), "{disposition}");
    }
}

#[test]
fn a_head_without_a_name_or_with_two_is_malformed() {
    for disposition in [
        "form-data",
        "form-data; filename=\"x\"",
        "attachment; name=\"f\"",
        "form-data; name=\"f",
        "form-data; name=\"f\" x; filename=\"y\"",
        "form-data; name=\"a\"; name=\"b\"",
        "form-data; name=\"f\"; filename*=latin1''x",
        "form-data; name=\"f\"; filename*=UTF-8''%C3",
        "form-data; name=\"f\"; filename*=UTF-8''%+1",
        "form-data; name=\"a\"\r\ncontent-disposition: form-data; name=\"b\"",
        "form-data; name=\"a\"\r\n folded: b",
    ] {
        assert_eq!(one(disposition), Err(MultipartError::Head), "{disposition}");
    }
}

#[test]
fn a_body_that_ends_early_is_truncated() {
    let body = b"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhello\r\n--XX--";
    for end in 0..body.len() {
        assert_eq!(parts(&body[..end]), Err(MultipartError::Truncated), "{end}");
    }
}

#[test]
fn what_grows_without_end_is_refused() {
    let preamble = vec![b'x'; 5000];
    assert_eq!(parts(&preamble), Err(MultipartError::Malformed));
    let mut head = b"--XX\r\nx: ".to_vec();
    head.extend(vec![b'x'; 5000]);
    assert_eq!(parts(&head), Err(MultipartError::HeadTooLong));
    let mut padding = b"--XX".to_vec();
    padding.extend(vec![b' '; 5000]);
    assert_eq!(parts(&padding), Err(MultipartError::Malformed));
    assert_eq!(parts(b"--XXjunk"), Err(MultipartError::Malformed));
}

#[test]
fn a_boundary_is_named_by_the_content_type() {
    for content_type in [
        "multipart/form-data; boundary=----WebKitFormBoundary7MA4",
        "Multipart/Form-Data; charset=utf-8; BOUNDARY=\"a b\""
            .replace("a b", "a.b")
            .as_str(),
    ] {
        assert!(Multipart::new(content_type).is_ok(), "{content_type}");
    }
    for content_type in [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/mixed; boundary=x",
        "application/json",
        "multipart/form-data; boundary=a\u{f1}",
        &format!("multipart/form-data; boundary={}", "x".repeat(71)),
    ] {
        assert_eq!(
            Multipart::new(content_type).map(drop),
            Err(MultipartError::Boundary),
            "{content_type}"
        );
    }
}

proptest! {
    #[test]
    fn any_content_survives_any_cut(content in proptest::collection::vec(any::<u8>(), 0..300), cut in 1..50_usize) {
        prop_assume!(memchr::memmem::find(&content, b"--XX").is_none());
        let mut body = b"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n".to_vec();
        body.extend(&content);
        body.extend(b"\r\n--XX--");
        prop_assert_eq!(parts_in(&body, cut).unwrap(), [(head("a", None), content)]);
    }
}
