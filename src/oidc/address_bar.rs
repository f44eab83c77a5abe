//! Takes a response out of the page's address, its history entry and the entry's state, and keeps it out (RFC 9700 4.3.2).
//!
//! Routers keep copies of the address in `history.state` or in memory, and write them back: when they start, when their
//! first navigation ends, or when a page is hydrated.

use std::cell::RefCell;
use std::rc::Rc;

use super::response::MAX_ENCODINGS;
use crate::platform::{Clock, Navigation, Tasks};
use crate::support::text::{concat, contains, split_once, split_optional};
use crate::support::url::form_decode;

/// How long the address is watched, in milliseconds: until the slowest page has started its router.
const WATCH_MS: f64 = 30_000.0;

/// How long to wait before a replacement that the browser ignored is tried again, in milliseconds. Chromium ignores pages
/// that replace their address too often, for some seconds.
const RETRY_MS: f64 = 500.0;

/// How long a router needs to be ready after it has written an address back, in milliseconds.
const ROUTER_MS: f64 = 100.0;

/// Shortest value that counts as a part of a response. A shorter one may be a word of the application's own.
const MIN_SECRET_LENGTH: usize = 8;

/// The last address with a response that a router has written back. The next call without a URL reads it.
pub(crate) type WrittenBack = Rc<RefCell<Option<String>>>;

/// A response that leaves the address.
pub(super) struct Removal {
    /// The address without the response.
    pub(super) clean_url: String,
    /// The values that must not stay.
    pub(super) secrets: Vec<String>,
}

/// Takes a response out of the address now, and again whenever a router has written it back.
pub(super) fn remove<P>(platform: &P, removal: Removal, written_back: &WrittenBack)
where
    P: Clock + Navigation + Tasks + Clone + 'static,
{
    platform.replace_address(&removal.clean_url, &removal.replacements(&platform.history_texts()));
    written_back.take();
    let (watching, written_back) = (platform.clone(), written_back.clone());
    platform.spawn(Box::pin(async move { watch(&watching, &removal, &written_back).await }));
}

async fn watch<P: Clock + Navigation>(platform: &P, removal: &Removal, written_back: &WrittenBack) {
    let end_ms = platform.now_ms() + WATCH_MS;
    loop {
        let left_ms = end_ms - platform.now_ms();
        if left_ms <= 0.0 {
            written_back.take();
            return;
        }
        let is_clean = removal.is_clean(platform);
        platform.address_changed(if is_clean { left_ms } else { RETRY_MS }).await;
        let address = platform.address();
        if removal.is_clean(platform) {
            continue;
        }
        let texts = removal.replacements(&platform.history_texts());
        platform.replace_address(&removal.without_secrets(&address), &texts);
        if !removal.holds(&address) {
            continue;
        }
        // A hash router has to read its route again. Elsewhere the event would cancel a navigation that has just begun.
        let is_hash_route = contains(&address, "#/") || contains(&address, "#!/");
        written_back.replace(Some(address));
        if is_hash_route {
            platform.sleep(ROUTER_MS).await;
            platform.announce_address();
        }
    }
}

impl Removal {
    fn is_clean(&self, platform: &impl Navigation) -> bool {
        !self.holds(&platform.address())
            && !platform.history_texts().iter().any(|text| self.holds(text))
    }

    /// Whether the text holds a part of the response, as it is or percent-encoded once or twice.
    fn holds(&self, text: &str) -> bool {
        let secrets = || self.secrets.iter().filter(|secret| secret.len() >= MIN_SECRET_LENGTH);
        let mut text = text.to_owned();
        for _ in 0..=MAX_ENCODINGS {
            if secrets().any(|secret| contains(&text, secret)) {
                return true;
            }
            text = form_decode(&text);
        }
        false
    }

    /// Pairs each string that holds a part of the response with its replacement: the clean address in the same form, as a
    /// URL, a path, a query or a fragment.
    fn replacements(&self, texts: &[String]) -> Vec<(String, String)> {
        let dirty = texts.iter().filter(|text| self.holds(text));
        dirty.map(|text| (text.clone(), self.clean_in_the_form_of(text))).collect()
    }

    fn clean_in_the_form_of(&self, text: &str) -> String {
        let url = self.clean_url.as_str();
        let (before, fragment) = split_optional(url, b'#');
        let hash = fragment.map_or(String::new(), |fragment| concat(&["#", fragment]));
        // Behind scheme and host.
        let authority = split_once(before, b'/').and_then(|(_, rest)| rest.strip_prefix('/'));
        let path = authority.and_then(|rest| split_once(rest, b'/')).map_or("", |(_, path)| path);
        match text.bytes().next() {
            Some(b'/') => concat(&["/", path, &hash]),
            Some(b'?') => {
                let query =
                    split_once(before, b'?').map_or(String::new(), |(_, it)| concat(&["?", it]));
                concat(&[&query, &hash])
            }
            Some(b'#') => hash,
            _ if text.starts_with("http") => url.to_owned(),
            _ => String::new(),
        }
    }

    /// An address without the parts that hold a part of the response.
    fn without_secrets(&self, address: &str) -> String {
        let (before, fragment) = split_optional(address, b'#');
        let (path, query) = split_optional(before, b'?');
        if self.holds(path) {
            return self.clean_url.clone();
        }
        let mut url = path.to_owned();
        for (separator, part) in [("?", query), ("#", fragment)] {
            if let Some(part) = part.filter(|part| !self.holds(part)) {
                url.push_str(separator);
                url.push_str(part);
            }
        }
        url
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::platform::fake::FakePlatform;

    const DIRTY: &str = "https://app.example/cb?a=1#access_token=aaa.bbb.ccc&state=sssssssss";

    fn removal() -> Removal {
        Removal {
            clean_url: "https://app.example/cb?a=1".to_owned(),
            secrets: ["aaa.bbb.ccc", "sssssssss", "x"].map(str::to_owned).to_vec(),
        }
    }

    #[test]
    fn replaces_what_routers_keep_in_the_form_that_it_has() {
        for (text, replacement) in [
            (DIRTY, Some("https://app.example/cb?a=1")),
            ("/cb?a=1#access_token=aaa.bbb.ccc", Some("/cb?a=1")),
            ("/login?to=%2Fcb%23access_token%3Daaa.bbb.ccc", Some("/cb?a=1")),
            ("/login?to=%252Fcb%2523access_token%253Daaa%252Ebbb.ccc", Some("/cb?a=1")),
            ("#access_token=aaa.bbb.ccc", Some("")),
            ("?state=sssssssss", Some("?a=1")),
            ("aaa.bbb.ccc", Some("")),
            ("/x", None),
            ("text", None),
        ] {
            let replaced = removal().replacements(&[text.to_owned()]);
            let replaced = replaced.first().map(|(_, replacement)| replacement.as_str());
            assert_eq!(replaced, replacement, "{text}");
        }
    }

    #[test]
    fn takes_a_written_back_response_out_again_and_tells_a_hash_router() {
        let platform = FakePlatform::at(DIRTY);
        let written_back = WrittenBack::default();
        remove(&platform, removal(), &written_back);
        assert_eq!(platform.address(), "https://app.example/cb?a=1");
        platform.set_address(DIRTY);
        platform.report_address_change();
        assert_eq!(platform.address(), "https://app.example/cb?a=1");
        assert_eq!(written_back.take().as_deref(), Some(DIRTY));
        assert!(platform.waiting().is_empty());
        platform.set_address("https://app.example/other?b=2&code=sssssssss#/route");
        platform.report_address_change();
        assert_eq!(platform.address(), "https://app.example/other#/route");
        assert_eq!(platform.announced(), 0);
        platform.wake(ROUTER_MS);
        assert_eq!(platform.announced(), 1);
    }

    #[test]
    fn watches_the_history_entry_as_well() {
        let platform = FakePlatform::at(DIRTY);
        remove(&platform, removal(), &WrittenBack::default());
        platform.set_history_texts(&["/cb#access_token=aaa.bbb.ccc", "kept"]);
        platform.report_address_change();
        assert_eq!(platform.history_texts(), ["/cb?a=1", "kept"]);
    }

    #[test]
    fn tries_again_where_the_browser_ignores_the_replacement_and_ends() {
        let platform = FakePlatform::at(DIRTY);
        platform.set_address_stays(true);
        remove(&platform, removal(), &WrittenBack::default());
        platform.report_address_change();
        assert_eq!(platform.address(), DIRTY);
        platform.set_address_stays(false);
        platform.report_address_change();
        assert_eq!(platform.address(), "https://app.example/cb?a=1");
        platform.advance(WATCH_MS);
        platform.report_address_change();
        platform.set_address(DIRTY);
        assert!(platform.waiting().is_empty());
        assert_eq!(platform.address(), DIRTY);
    }
}
