//! Imports point one way, so that each layer can be read without the layers above it. JavaScript stays in the outer layers.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test panics")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The layers from the lowest to the highest, each with the modules that it may import.
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
    ("client", BELOW_CLIENT),
    ("browser", BELOW_BROWSER),
    ("bindings", BELOW_FACES),
    ("rust_api", BELOW_FACES),
];

/// What the faces may import: everything but each other.
const BELOW_FACES: &[&str] = &[
    "error",
    "jose",
    "management",
    "oidc",
    "operation",
    "options",
    "platform",
    "requested_scopes",
    "scope",
    "session",
    "support",
    "client",
    "browser",
];
const BELOW_BROWSER: &[&str] = BELOW_FACES.split_last().unwrap().1;
const BELOW_CLIENT: &[&str] = BELOW_BROWSER.split_last().unwrap().1;

/// The crates that know JavaScript, and the layers that may use them.
const JAVASCRIPT: &[&str] = &["js_sys", "web_sys", "wasm_bindgen"];
const MAY_USE_JAVASCRIPT: &[&str] = &["bindings", "browser", "rust_api"];

/// Circles that are still to be taken apart. An entry without its circle fails the test, so that the list only shrinks.
const KNOWN_CIRCLES: &[&str] = &[];

/// Files below the outer layers that still name JavaScript. An entry without a use fails the test as well.
const KNOWN_JAVASCRIPT: &[&str] = &["src/support/json.rs"];

/// A module's path below the crate, such as `["oidc", "response", "find"]`.
type Module = Vec<String>;

/// One path that a file names, with its line.
struct Named {
    line: usize,
    path: Vec<String>,
}

/// The code of a file: no comments, and no unit tests at its end.
fn code_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut cfg_test = false;
    for (index, line) in text.lines().enumerate() {
        if cfg_test && line.starts_with("mod ") && line.ends_with('{') {
            break;
        }
        cfg_test = line.starts_with("#[cfg(test)]");
        let code = line.split("//").next().unwrap_or_default();
        lines.push((index + 1, code.to_owned()));
    }
    lines
}

/// Every path of a file that begins with `crate::`, `super::` or `self::`, inside `use` and elsewhere. Groups in braces
/// count as one path for each member.
fn named_paths(text: &str) -> Vec<Named> {
    let lines = code_lines(text);
    let mut found = Vec::new();
    for (index, (line, code)) in lines.iter().enumerate() {
        for start in ["crate::", "super::", "self::"] {
            for (at, _) in code.match_indices(start) {
                let before = code[..at].chars().next_back();
                if before.is_some_and(|it| it.is_alphanumeric() || matches!(it, '_' | ':' | '$')) {
                    continue;
                }
                let mut rest = code[at..].to_owned();
                // A group may go on over several lines.
                for (_, next) in &lines[index + 1..] {
                    if rest.matches('{').count() <= rest.matches('}').count() || rest.contains(';')
                    {
                        break;
                    }
                    rest.push_str(next.trim());
                }
                for path in expand(&rest) {
                    found.push(Named { line: *line, path });
                }
            }
        }
    }
    found
}

/// The paths of a use tree: `a::{b, c::d}` becomes `a::b` and `a::c::d`.
fn expand(tree: &str) -> Vec<Vec<String>> {
    let mut path = Vec::new();
    let mut rest = tree;
    loop {
        let end = rest.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(rest.len());
        if end > 0 {
            path.push(rest[..end].to_owned());
        }
        rest = &rest[end..];
        let Some(next) = rest.strip_prefix("::") else { return vec![path] };
        rest = next;
        if let Some(group) = rest.strip_prefix('{') {
            let members = split_group(group);
            let prefixed = members.iter().flat_map(|member| expand(member)).map(|member| {
                let member = member.into_iter().filter(|segment| segment != "self");
                path.iter().cloned().chain(member).collect()
            });
            return prefixed.collect();
        }
    }
}

/// The members of a group whose opening brace has been read.
fn split_group(group: &str) -> Vec<String> {
    let (mut members, mut member, mut depth) = (Vec::new(), String::new(), 0);
    for character in group.chars() {
        match character {
            '}' if depth == 0 => break,
            ',' if depth == 0 => members.push(std::mem::take(&mut member)),
            ' ' if depth == 0 && member.is_empty() => {}
            _ => {
                depth += i32::from(character == '{') - i32::from(character == '}');
                member.push(character);
            }
        }
    }
    members.push(member);
    members.retain(|member| !member.is_empty());
    members
}

/// The module that a path names, seen from `module`.
fn resolve(module: &[String], path: &[String], modules: &BTreeSet<Module>) -> Module {
    let mut base: Module = module.to_vec();
    let mut rest = path;
    match rest.first().map(String::as_str) {
        Some("crate") => {
            base.clear();
            rest = &rest[1..];
        }
        Some("self") => rest = &rest[1..],
        _ => {}
    }
    while rest.first().is_some_and(|segment| segment == "super") {
        base.pop();
        rest = &rest[1..];
    }
    base.extend(rest.iter().cloned());
    // The last segments are items of the module.
    while !base.is_empty() && !modules.contains(&base) {
        base.pop();
    }
    base
}

/// All files below `src`, with their modules and texts.
fn read_sources() -> BTreeMap<Module, (String, String)> {
    fn visit(path: &Path, module: &[String], found: &mut BTreeMap<Module, (String, String)>) {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let mut module = module.to_vec();
            if path.is_dir() {
                module.push(stem);
                visit(&path, &module, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                if stem != "mod" {
                    module.push(stem);
                }
                let text = fs::read_to_string(&path).unwrap();
                found.insert(module, (path.display().to_string(), text));
            }
        }
    }
    let mut found = BTreeMap::new();
    visit(Path::new("src"), &[], &mut found);
    found
}

/// An import from one module of another.
struct Import {
    place: String,
    from: Module,
    to: Module,
}

/// All imports between modules. `lib` names every module and is exempt.
fn imports(sources: &BTreeMap<Module, (String, String)>) -> Vec<Import> {
    let modules: BTreeSet<Module> = sources.keys().cloned().collect();
    let mut found = Vec::new();
    for (module, (file, text)) in sources {
        if module == &["lib"] {
            continue;
        }
        for Named { line, path } in named_paths(text) {
            let to = resolve(module, &path, &modules);
            let place = format!("{file}:{line}: {}", path.join("::"));
            found.push(Import { place, from: module.clone(), to });
        }
    }
    found
}

/// The imports against the direction of the layers.
fn against_direction(imports: &[Import]) -> Vec<&str> {
    let is_forbidden = |import: &&Import| {
        let (from, Some(to)) = (&import.from[0], import.to.first()) else { return false };
        let allowed = MAY_IMPORT.iter().find(|(layer, _)| layer == from);
        from != to && !allowed.is_some_and(|(_, allowed)| allowed.contains(&to.as_str()))
    };
    imports.iter().filter(is_forbidden).map(|import| import.place.as_str()).collect()
}

/// The circles among the modules of one parent: `oidc::response: error <-> parameters`. A module counts together with
/// all modules below it. Imports between a parent and its own children are no circle.
fn circles(imports: &[Import]) -> BTreeSet<String> {
    let mut edges = BTreeMap::<(Module, String), BTreeSet<String>>::new();
    for Import { from, to, .. } in imports {
        let shared = from.iter().zip(to).take_while(|(left, right)| left == right).count();
        if let (Some(left), Some(right)) = (from.get(shared), to.get(shared)) {
            let key = (from[..shared].to_vec(), left.clone());
            edges.entry(key).or_default().insert(right.clone());
        }
    }
    let reaches = |parent: &Module, start: &String, end: &String| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![start.clone()]);
        while let Some(node) = open.pop() {
            let next = edges.get(&(parent.clone(), node)).into_iter().flatten();
            open.extend(next.filter(|node| seen.insert((*node).clone())).cloned());
        }
        seen.contains(end)
    };
    let mut found = BTreeSet::new();
    for ((parent, left), rights) in &edges {
        for right in rights.iter().filter(|right| reaches(parent, right, left)) {
            let (first, second) = if left < right { (left, right) } else { (right, left) };
            found.insert(format!("{}: {first} <-> {second}", parent.join("::")));
        }
    }
    found
}

#[test]
fn imports_point_one_way() {
    let imports = imports(&read_sources());
    let found = against_direction(&imports);
    assert!(imports.len() > 300, "only {} imports found", imports.len());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn modules_of_one_parent_import_each_other_in_no_circle() {
    let found = circles(&imports(&read_sources()));
    assert!(found.iter().eq(KNOWN_CIRCLES), "{found:?} instead of {KNOWN_CIRCLES:?}");
}

#[test]
fn only_the_outer_layers_know_javascript() {
    let mut found = BTreeMap::<String, Vec<String>>::new();
    for (module, (file, text)) in read_sources() {
        if MAY_USE_JAVASCRIPT.contains(&module[0].as_str()) {
            continue;
        }
        for (line, code) in code_lines(&text) {
            if JAVASCRIPT.iter().any(|name| code.contains(name)) {
                let places = found.entry(file.clone()).or_default();
                places.push(format!("{line}: {}", code.trim()));
            }
        }
    }
    assert!(found.keys().eq(KNOWN_JAVASCRIPT), "{found:#?} instead of {KNOWN_JAVASCRIPT:?}");
}

/// The files of a crate that exists only here.
fn sources(files: &[(&str, &str)]) -> BTreeMap<Module, (String, String)> {
    let module = |path: &str| path.split("::").map(str::to_owned).collect();
    let source =
        |(path, text): &(&str, &str)| (module(path), ((*path).to_owned(), (*text).to_owned()));
    files.iter().map(source).collect()
}

#[test]
fn finds_an_import_against_the_direction() {
    let text = "use crate::support::json;\nuse crate::oidc::sign_in;\n";
    let others = [("support::json", ""), ("oidc::sign_in", ""), ("oidc", "")];
    for (module, expected) in
        [("scope", &["scope:2: crate::oidc::sign_in"][..]), ("management", &[])]
    {
        let files: Vec<_> = others.into_iter().chain([(module, text)]).collect();
        assert_eq!(against_direction(&imports(&sources(&files))), expected);
    }
}

#[test]
fn finds_imports_in_groups_in_super_paths_and_outside_use() {
    let text = "use crate::{\n    error::Error, // the lowest\n    client::{Client, session as it},\n};\n\
                use super::super::browser::{self, tasks};\n\
                fn f() { crate::session::guard() }\n\
                // crate::bindings::x\n\
                #[cfg(test)]\nmod tests {\n    use crate::rust_api;\n}\n";
    let files = [
        ("oidc::response", text),
        ("error", ""),
        ("client", ""),
        ("client::session", ""),
        ("browser", ""),
        ("session", ""),
        ("bindings", ""),
        ("rust_api", ""),
    ];
    assert_eq!(
        against_direction(&imports(&sources(&files))),
        [
            "oidc::response:1: crate::client::Client",
            "oidc::response:1: crate::client::session",
            "oidc::response:5: super::super::browser",
            "oidc::response:5: super::super::browser::tasks",
            "oidc::response:6: crate::session::guard",
        ]
    );
}

#[test]
fn finds_a_circle_inside_a_layer() {
    let files = [
        ("oidc", "pub use self::a::X;"),
        ("oidc::a", "use super::b::Y;\nuse super::X;"),
        ("oidc::b", "use super::c::d::Z;"),
        ("oidc::c", ""),
        ("oidc::c::d", "use crate::oidc::a::{W, V};"),
        ("oidc::e", "use super::a::W;"),
    ];
    let expected = ["oidc: a <-> b", "oidc: a <-> c", "oidc: b <-> c"];
    assert!(circles(&imports(&sources(&files))).iter().eq(expected));
    let without = sources(&files[..3]);
    assert!(circles(&imports(&without)).is_empty());
}
