//! The secrets on a real file system: made once, agreed on, private, never changed.

use std::os::unix::fs::PermissionsExt;
use std::sync::Barrier;

use super::*;

fn text(folder: &Path) -> String {
    std::fs::read_to_string(folder.join(SECRETS_FILE)).unwrap()
}

fn error(folder: &Path) -> String {
    Secrets::keep(folder).unwrap_err().to_string()
}

#[test]
fn the_first_start_makes_a_private_folder_and_file() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("some/data");
    let made = Secrets::keep(&folder).unwrap();

    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join(SECRETS_FILE)), 0o600);
    assert!(!folder.join(DRAFT_FILE).exists());
    assert_eq!(made.path(), Some(folder.join(SECRETS_FILE).as_path()));
    assert_eq!(Secrets::keep(&folder).unwrap().values, made.values);
    assert_eq!(Secrets::read(&folder).unwrap().unwrap().values, made.values);
}

#[test]
fn values_have_the_form_that_laravel_gives_them() {
    let secrets = Secrets::generate();
    let is_plain = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    assert_eq!(
        parse::app_key(secrets.get("APP_KEY")).map(|key| key.len()),
        Some(32)
    );
    let id = secrets.get("REVERB_APP_ID");
    assert!(
        id.len() == 6 && id.parse::<u32>().is_ok_and(|id| id >= 100_000),
        "{id}"
    );
    let (key, secret) = (
        secrets.get("REVERB_APP_KEY"),
        secrets.get("REVERB_APP_SECRET"),
    );
    assert!(key.len() == 20 && is_plain(key), "{key}");
    assert!(secret.len() == 32 && is_plain(secret), "{secret}");
    assert_ne!(secrets.values, Secrets::generate().values);
}

#[test]
fn processes_that_start_together_agree() {
    const STARTERS: usize = 16;
    for _ in 0..20 {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("data");
        let barrier = Barrier::new(STARTERS);
        let all: Vec<Secrets> = std::thread::scope(|scope| {
            let starters: Vec<_> = (0..STARTERS)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        Secrets::keep(&folder).unwrap()
                    })
                })
                .collect();
            starters
                .into_iter()
                .map(|starter| starter.join().unwrap())
                .collect()
        });
        let kept = Secrets::read(&folder).unwrap().unwrap();
        assert!(all.iter().all(|secrets| secrets.values == kept.values));
        assert!(!folder.join(DRAFT_FILE).exists());
    }
}

#[test]
fn a_missing_value_is_added_and_the_others_stay() {
    let root = tempfile::tempdir().unwrap();
    let before = "# mine\nREVERB_APP_SECRET='kept # as it is'\nAPP_KEY=";
    std::fs::write(root.path().join(SECRETS_FILE), before).unwrap();
    let secrets = Secrets::keep(root.path()).unwrap();
    assert_eq!(secrets.get("REVERB_APP_SECRET"), "kept # as it is");
    assert!(text(root.path()).starts_with(&format!("{before}\n")));
    assert_eq!(
        Secrets::read(root.path()).unwrap().unwrap().values,
        secrets.values
    );
}

#[test]
fn a_draft_that_a_crash_left_behind_is_taken_over() {
    let root = tempfile::tempdir().unwrap();
    let draft = root.path().join(DRAFT_FILE);
    std::fs::write(
        &draft,
        format!("REVERB_APP_KEY=half-writ{}", "x".repeat(2_000)),
    )
    .unwrap();
    std::fs::set_permissions(&draft, Permissions::from_mode(0o644)).unwrap();
    let secrets = Secrets::keep(root.path()).unwrap();
    assert_eq!(
        Secrets::read(root.path()).unwrap().unwrap().values,
        secrets.values
    );
    assert!(!text(root.path()).contains("half-writ"));
    let mode = std::fs::metadata(root.path().join(SECRETS_FILE))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn an_unusable_folder_says_what_to_do_on_one_line() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("data");
    std::fs::write(&folder, "a file where the folder should be").unwrap();
    let error = error(&folder);
    assert!(error.starts_with(&format!(
        "cannot write to the data folder {}",
        folder.display()
    )));
    assert!(error.contains("ANTIPHON_DATA"), "{error}");
    assert_eq!(error.lines().count(), 1);
    assert_eq!(
        Secrets::read(&folder)
            .unwrap()
            .map(|secrets| secrets.values),
        None
    );
}

#[test]
fn a_damaged_file_is_reported_without_its_values_and_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let damaged = "APP_KEY=base64:tooshort\nAPP_URL=http://localhost\n";
    std::fs::write(root.path().join(SECRETS_FILE), damaged).unwrap();
    let error = error(root.path());
    assert!(
        error.contains("line 1") && error.contains("line 2"),
        "{error}"
    );
    assert!(!error.contains("tooshort"), "{error}");
    assert_eq!(text(root.path()), damaged);
}

#[test]
fn a_file_that_others_can_read_is_noticed() {
    let root = tempfile::tempdir().unwrap();
    let load = || {
        let secrets = Secrets::keep(root.path()).unwrap();
        crate::Config::load(&crate::Sources::new([]).with_secrets(secrets)).unwrap()
    };
    assert_eq!(load().notices(), []);
    let path = root.path().join(SECRETS_FILE);
    std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    assert!(load().notices()[0].message.contains("chmod 600"));
}
