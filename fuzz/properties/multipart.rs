//! A body means the same wherever the network cuts it, its reader keeps no more than it must, and what it reads was there.
//!
//! Input: a byte that chooses where to cut, then the body, whose boundary is `B`.

use antiphon_protocol::multipart::{Multipart, MultipartError, PartHead, Piece};

/// What was read: the parts, and how it ended.
type Read = (Vec<(PartHead, Vec<u8>)>, Option<MultipartError>);

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let [cut, body @ ..] = data else {
        return;
    };
    let whole = read(body, usize::MAX);
    assert_eq!(read(body, 1), whole);
    assert_eq!(read(body, usize::from(*cut).max(2)), whole);
    let total: usize = whole.0.iter().map(|(_, content)| content.len()).sum();
    assert!(total <= body.len());
    for (head, content) in &whole.0 {
        assert!(!content.windows(5).any(|part| part == b"\r\n--B"));
        assert!(head.name.len() <= antiphon_protocol::multipart::MAX_HEAD);
    }
}

fn read(body: &[u8], cut: usize) -> Read {
    let mut multipart =
        Multipart::new("multipart/form-data; boundary=B").expect("the boundary is one");
    let mut parts: Vec<(PartHead, Vec<u8>)> = Vec::new();
    let mut chunks = body.chunks(cut);
    loop {
        match multipart.piece() {
            Ok(Some(Piece::Begin(head))) => parts.push((head, Vec::new())),
            Ok(Some(Piece::Data(bytes))) => {
                assert!(!bytes.is_empty());
                parts.last_mut().expect("a part has begun").1.extend(bytes);
            }
            Ok(Some(Piece::End)) => {}
            Ok(Some(Piece::Done)) => return (parts, None),
            Ok(None) => match chunks.next() {
                Some(chunk) => multipart.push(chunk),
                None => multipart.end(),
            },
            Err(error) => {
                // How much of a part's content came out before its end was missed depends on the cuts.
                if let Some((_, content)) = parts.last_mut() {
                    content.clear();
                }
                return (parts, Some(error));
            }
        }
    }
}
