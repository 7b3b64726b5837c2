//! The inputs that fuzzing starts from, as tests. `fuzz/` owns the properties, so that its targets and these tests check the same.

#[path = "../../../../fuzz/properties/auth.rs"]
mod auth;
#[path = "../../../../fuzz/properties/client_frame.rs"]
mod client_frame;
#[path = "../../../../fuzz/properties/deflate.rs"]
mod deflate;
#[path = "../../../../fuzz/properties/multipart.rs"]
mod multipart;
#[path = "../../../../fuzz/properties/corpus.rs"]
mod replay;
#[path = "../../../../fuzz/properties/signature.rs"]
mod signature;
#[path = "../../../../fuzz/properties/ws_frame.rs"]
mod ws_frame;
#[path = "../../../../fuzz/properties/ws_handshake.rs"]
mod ws_handshake;

use replay::replay;

#[test]
fn auth_corpus_holds() {
    replay("auth", auth::check);
}

#[test]
fn client_frame_corpus_holds() {
    replay("client_frame", client_frame::check);
}

#[test]
fn deflate_corpus_holds() {
    replay("deflate", deflate::check);
}

#[test]
fn multipart_corpus_holds() {
    replay("multipart", multipart::check);
}

#[test]
fn signature_corpus_holds() {
    replay("signature", signature::check);
}

#[test]
fn ws_frame_corpus_holds() {
    replay("ws_frame", ws_frame::check);
}

#[test]
fn ws_handshake_corpus_holds() {
    replay("ws_handshake", ws_handshake::check);
}
