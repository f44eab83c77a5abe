//! Imports point one way, so that each layer can be read without those above it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;

/// Each module with the modules that it may import.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("support", &[]),
    ("scope", &["support"]),
    ("jose", &["support"]),
    ("error", &["scope", "support"]),
    ("operation", &["error", "scope", "support"]),
    ("requested_scopes", &["error", "scope", "support"]),
    ("options", &["error", "operation", "requested_scopes", "scope", "support"]),
    ("platform", &["error", "jose", "operation", "options", "support"]),
    (
        "oidc",
        &[
            "error",
            "jose",
            "operation",
            "options",
            "platform",
            "requested_scopes",
            "scope",
            "support",
        ],
    ),
    ("session", &["error", "jose", "oidc", "operation", "options", "scope", "support"]),
    (
        "management",
        &["error", "jose", "oidc", "operation", "options", "scope", "session", "support"],
    ),
];

/// Modules that are being replaced, and `lib`, which names every module.
const EXEMPT: &[&str] = &["bindings", "browser", "client", "lib"];

/// The lines of this text that import a module which `module` may not.
fn forbidden<'a>(module: &str, text: &'a str) -> Vec<(usize, &'a str)> {
    let allowed = MAY_IMPORT.iter().find(|(name, _)| *name == module).map(|(_, allowed)| *allowed);
    let is_forbidden = |line: &str| {
        line.trim_start().trim_start_matches("pub ").strip_prefix("use crate::").is_some_and(
            |path| {
                let target = path.split([':', ';', ' ']).next().unwrap();
                target != module && !allowed.is_some_and(|allowed| allowed.contains(&target))
            },
        )
    };
    let lines = text.lines().enumerate().filter(|(_, line)| is_forbidden(line));
    lines.map(|(index, line)| (index + 1, line)).collect()
}

fn visit(path: &Path, module: &str, found: &mut Vec<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            visit(&entry.unwrap().path(), module, found);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        let text = fs::read_to_string(path).unwrap();
        for (number, line) in forbidden(module, &text) {
            found.push(format!("{}:{number}: {line}", path.display()));
        }
    }
}

#[test]
fn imports_point_one_way() {
    let mut found = Vec::new();
    for entry in fs::read_dir("src").unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if !EXEMPT.contains(&module.as_str()) {
            visit(&path, &module, &mut found);
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn finds_an_import_against_the_direction() {
    let text = "use crate::support::json;\nuse crate::oidc::sign_in;\n";
    assert_eq!(forbidden("scope", text), [(2, "use crate::oidc::sign_in;")]);
    assert!(forbidden("management", text).is_empty());
}
