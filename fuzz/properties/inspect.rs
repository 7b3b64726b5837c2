//! A file is judged and kept the same wherever the network cuts it; and what is kept of it is as good, and has nothing more to lose.
//!
//! Input: a byte that chooses where to cut, then the file.

use antiphon_domain::FileName;
use antiphon_files::{AllowedTypes, Findings, Inspector, Kept, Refusal};

/// What was found out, and what is kept of it.
type Judged = Result<(Findings, Vec<u8>), Refusal>;

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let [cut, file @ ..] = data else {
        return;
    };
    let whole = judge(file, usize::MAX);
    assert_eq!(judge(file, 1), whole);
    assert_eq!(judge(file, usize::from(*cut).max(2)), whole);
    let Ok((findings, kept)) = whole else {
        return;
    };
    assert_eq!(findings.size, file.len() as u64);
    if findings.content_type.as_str() == "image/jpeg" {
        // What is written anew is shorter than what it stands for, but for an orientation in the shortest of notes.
        assert!(kept.len() <= file.len() + 64);
    } else {
        assert_eq!(kept, file);
    }
    let again = judge(&kept, usize::MAX).expect("what is kept is as good as what came");
    assert_eq!(again.0.content_type, findings.content_type);
    assert_eq!(again.1, kept);
}

fn judge(file: &[u8], cut: usize) -> Judged {
    let allowed =
        AllowedTypes::parse("image/*,audio/*,video/*,application/*,text/*").expect("it is a list");
    let name = FileName::parse("file").expect("it is a name");
    let mut inspector = Inspector::new(&allowed, &name);
    let mut kept = Vec::new();
    for part in file.chunks(cut) {
        match inspector.push(part)? {
            Kept::AsTheyAre => kept.extend_from_slice(part),
            Kept::Instead(bytes) => kept.extend_from_slice(&bytes),
        }
    }
    Ok((inspector.finish()?, kept))
}
