//! A platform for native tests: a page whose ports answer when the test says so, in any order.
//!
//! Nothing runs by itself. [`FakePlatform::run`] polls every task until all of them wait. Each call of a port that takes time is
//! then in [`FakePlatform::waiting`], and the test answers them one by one. [`every_order`] runs a test once for each order in
//! which the calls can be answered.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "as above")]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use ring::digest;

use super::{
    Clock, Crypto, Http, HttpOutcome, HttpRequest, HttpResponse, LocalBoxFuture, MessageTarget,
    Navigation, NavigationFailed, NoWebCrypto, OtherTabs, Random, ResponseBody, SignatureVerdict,
    StateStore, StoreUnusable, Tasks, WebMessageEvent, WebMessageTarget, WebMessages,
};
use crate::jose::jwk_set::RsaKey;
use crate::options::TransactionStore;
use crate::support::json;
use crate::support::value::Value;

/// The time at which every fake page starts, in milliseconds since the epoch.
pub(crate) const START_MS: f64 = 1_700_000_000_000.0;

/// A call of a port that waits for its answer.
#[derive(Clone)]
pub(crate) struct WaitingCall {
    /// What was called: `GET https://…`, `sleep 500`, `message https://…`.
    pub(crate) what: String,
    answer: Rc<RefCell<Option<Answer>>>,
}

enum Answer {
    Http(HttpOutcome<FakeBody>),
    Event(WebMessageEvent),
    Logout(String),
    Slept,
}

/// A body that is there already.
pub(crate) struct FakeBody(pub(crate) String);

impl ResponseBody for FakeBody {
    fn to_json(&self) -> Value {
        json::parse(&self.0).unwrap_or(Value::Absent)
    }

    fn outline(&self) -> Value {
        self.to_json()
    }
}

/// A task and the future that drives it.
struct FakeTask {
    future: RefCell<Option<LocalBoxFuture<()>>>,
    ended: Cell<bool>,
}

/// The headers by which a server asks to wait.
#[derive(Clone, Copy, Default)]
pub(crate) struct WaitHeaders {
    pub(crate) retry_after: Option<&'static str>,
    pub(crate) retry_after_date_ms: Option<f64>,
    pub(crate) rate_limit_reset: Option<&'static str>,
}

#[derive(Default)]
struct World {
    /// Sent with every response.
    wait_headers: Cell<WaitHeaders>,
    now_ms: Cell<f64>,
    random: Cell<u8>,
    address: RefCell<String>,
    /// Addresses that were assigned, in order.
    assigned: RefCell<Vec<String>>,
    /// Whether `replace_address` has an effect.
    address_stays: Cell<bool>,
    history_texts: RefCell<Vec<String>>,
    /// How often the routers were told of another address.
    announced: Cell<u32>,
    navigation_fails: Cell<bool>,
    offline: Cell<bool>,
    without_web_crypto: Cell<bool>,
    /// Keys of sessions that other tabs were told of.
    announced_logouts: RefCell<Vec<String>>,
    records: RefCell<BTreeMap<u32, String>>,
    store_broken: Cell<bool>,
    popups_blocked: Cell<bool>,
    /// URLs loaded in windows and frames, in order.
    loaded: RefCell<Vec<(WebMessageTarget, String)>>,
    open_targets: Cell<u32>,
    /// Every request that was sent: method, URL, authorization, body.
    requests: RefCell<Vec<SentRequest>>,
    waiting: RefCell<Vec<WaitingCall>>,
    tasks: RefCell<Vec<Rc<FakeTask>>>,
}

/// A request as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SentRequest {
    pub(crate) line: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Option<String>,
}

/// The fake page.
#[derive(Clone)]
pub(crate) struct FakePlatform(Rc<World>);

impl FakePlatform {
    /// A page at this address.
    pub(crate) fn at(address: &str) -> Self {
        let world = World::default();
        world.now_ms.set(START_MS);
        world.address.replace(address.to_owned());
        Self(Rc::new(world))
    }

    pub(crate) fn set_address(&self, address: &str) {
        self.0.address.replace(address.to_owned());
    }

    /// Makes the browser ignore replaced addresses, or obey again.
    pub(crate) fn set_address_stays(&self, stays: bool) {
        self.0.address_stays.set(stays);
    }

    pub(crate) fn set_wait_headers(&self, headers: WaitHeaders) {
        self.0.wait_headers.set(headers);
    }

    pub(crate) fn set_history_texts(&self, texts: &[&str]) {
        self.0.history_texts.replace(texts.iter().map(|text| (*text).to_owned()).collect());
    }

    pub(crate) fn announced(&self) -> u32 {
        self.0.announced.get()
    }

    pub(crate) fn set_navigation_fails(&self, fails: bool) {
        self.0.navigation_fails.set(fails);
    }

    pub(crate) fn set_offline(&self, offline: bool) {
        self.0.offline.set(offline);
    }

    pub(crate) fn set_without_web_crypto(&self, without: bool) {
        self.0.without_web_crypto.set(without);
    }

    pub(crate) fn announced_logouts(&self) -> Vec<String> {
        self.0.announced_logouts.borrow().clone()
    }

    /// Another tab logs a session out.
    pub(crate) fn report_logout(&self, session_key: &str) {
        self.answer("logout elsewhere", Answer::Logout(session_key.to_owned()));
    }

    /// Lets the page's address change.
    pub(crate) fn report_address_change(&self) {
        self.answer("address", Answer::Slept);
    }

    pub(crate) fn set_popups_blocked(&self, blocked: bool) {
        self.0.popups_blocked.set(blocked);
    }

    pub(crate) fn set_store_broken(&self, broken: bool) {
        self.0.store_broken.set(broken);
    }

    pub(crate) fn advance(&self, milliseconds: f64) {
        self.0.now_ms.set(self.0.now_ms.get() + milliseconds);
    }

    pub(crate) fn assigned(&self) -> Vec<String> {
        self.0.assigned.borrow().clone()
    }

    pub(crate) fn loaded(&self) -> Vec<(WebMessageTarget, String)> {
        self.0.loaded.borrow().clone()
    }

    /// How many windows and frames are open.
    pub(crate) fn open_targets(&self) -> u32 {
        self.0.open_targets.get()
    }

    pub(crate) fn requests(&self) -> Vec<SentRequest> {
        self.0.requests.borrow().clone()
    }

    pub(crate) fn records(&self) -> Vec<String> {
        self.0.records.borrow().values().cloned().collect()
    }

    // ── Tasks ────────────────────────────────────────────────────────────────────────────────

    /// Polls every task until all of them wait.
    pub(crate) fn run(&self) {
        loop {
            let tasks = self.0.tasks.borrow().clone();
            let ended_before = tasks.iter().filter(|task| task.ended.get()).count();
            let waiting_before = self.0.waiting.borrow().len();
            for task in &tasks {
                poll_task(task);
            }
            let tasks_now = self.0.tasks.borrow().clone();
            let ended_now = tasks_now.iter().filter(|task| task.ended.get()).count();
            let same = tasks_now.len() == tasks.len()
                && ended_now == ended_before
                && self.0.waiting.borrow().len() == waiting_before;
            if same {
                return;
            }
        }
    }

    /// Starts a future as a face does. Its output is there once it has ended.
    pub(crate) fn start<T: 'static>(
        &self,
        future: impl Future<Output = T> + 'static,
    ) -> Rc<RefCell<Option<T>>> {
        let output = Rc::new(RefCell::new(None));
        let slot = output.clone();
        self.spawn(Box::pin(async move {
            let ended = future.await;
            slot.replace(Some(ended));
        }));
        output
    }

    // ── Answers ──────────────────────────────────────────────────────────────────────────────

    /// The calls that wait for an answer, oldest first. Waiting for other tabs and for the address goes on all the time and
    /// does not count.
    pub(crate) fn waiting(&self) -> Vec<String> {
        self.forget_dropped();
        let waiting = self.0.waiting.borrow();
        let calls = waiting.iter().map(|call| call.what.clone());
        calls.filter(|what| !what.starts_with("logout") && !what.starts_with("address")).collect()
    }

    /// Answers the oldest waiting request whose line begins so, and runs on.
    pub(crate) fn respond(&self, line: &str, status: u16, body: &str) {
        let headers = self.0.wait_headers.get();
        let response = HttpResponse {
            status,
            retry_after: headers.retry_after.map(str::to_owned),
            retry_after_date_ms: headers.retry_after_date_ms,
            rate_limit_reset: headers.rate_limit_reset.map(str::to_owned),
            body: FakeBody(body.to_owned()),
        };
        self.answer(line, Answer::Http(HttpOutcome::Response(response)));
    }

    /// Ends the oldest waiting request whose line begins so without an answer.
    pub(crate) fn fail(&self, line: &str) {
        self.answer(line, Answer::Http(HttpOutcome::Failed(None)));
    }

    /// Lets the time allowed for the oldest waiting request whose line begins so pass.
    pub(crate) fn time_out(&self, line: &str) {
        self.answer(line, Answer::Http(HttpOutcome::TimedOut));
    }

    /// Ends the oldest sleep of this many milliseconds. The clock goes on as well.
    pub(crate) fn wake(&self, milliseconds: f64) {
        self.advance(milliseconds);
        self.answer(&format!("sleep {milliseconds}"), Answer::Slept);
    }

    /// Reports an event to the oldest window or frame that waits for one and whose call begins so.
    pub(crate) fn report(&self, what: &str, event: WebMessageEvent) {
        self.answer(what, Answer::Event(event));
    }

    fn answer(&self, what: &str, answer: Answer) {
        self.forget_dropped();
        let index = self.0.waiting.borrow().iter().position(|call| call.what.starts_with(what));
        let waiting = self.waiting();
        let index = index.unwrap_or_else(|| panic!("nothing waits for `{what}`: {waiting:?}"));
        let call = self.0.waiting.borrow_mut().remove(index);
        call.answer.replace(Some(answer));
        self.run();
    }

    /// A dropped future no longer waits.
    fn forget_dropped(&self) {
        self.0.waiting.borrow_mut().retain(|call| Rc::strong_count(&call.answer) > 1);
    }

    async fn wait_for(&self, what: String) -> Answer {
        let answer = Rc::new(RefCell::new(None));
        self.0.waiting.borrow_mut().push(WaitingCall { what, answer: answer.clone() });
        poll_fn(move |_| answer.take().map_or(Poll::Pending, Poll::Ready)).await
    }
}

fn poll_task(task: &FakeTask) {
    let Some(mut future) = task.future.take() else { return };
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(()) => task.ended.set(true),
        Poll::Pending => {
            task.future.replace(Some(future));
        }
    }
}

/// Runs `scenario` once for each sequence of choices it can make. `choose(count)` returns a number below `count`.
pub(crate) fn every_order(scenario: impl Fn(&mut dyn FnMut(usize) -> usize)) -> usize {
    let mut choices: Vec<(usize, usize)> = Vec::new();
    let mut runs = 0;
    loop {
        let mut depth = 0;
        scenario(&mut |count| {
            assert!(count > 0, "nothing to choose from");
            if depth == choices.len() {
                choices.push((0, count));
            }
            let (choice, counted) = choices[depth];
            assert_eq!(counted, count, "the scenario is not the same each time");
            depth += 1;
            choice
        });
        runs += 1;
        choices.truncate(depth);
        while let Some((choice, count)) = choices.pop() {
            if choice + 1 < count {
                choices.push((choice + 1, count));
                break;
            }
        }
        if choices.is_empty() {
            return runs;
        }
    }
}

// ── The ports ────────────────────────────────────────────────────────────────────────────────

impl Clock for FakePlatform {
    fn now_ms(&self) -> f64 {
        self.0.now_ms.get()
    }

    async fn sleep(&self, milliseconds: f64) {
        self.wait_for(format!("sleep {milliseconds}")).await;
    }
}

impl Random for FakePlatform {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoWebCrypto> {
        let next = self.0.random.get().wrapping_add(1);
        self.0.random.set(next);
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = next.wrapping_mul(31).wrapping_add(index as u8);
        }
        Ok(())
    }

    fn has_web_crypto(&self) -> bool {
        !self.0.without_web_crypto.get()
    }

    fn jitter(&self) -> f64 {
        0.0
    }
}

impl Crypto for FakePlatform {
    async fn sha256(&self, bytes: &[u8]) -> Result<Vec<u8>, NoWebCrypto> {
        Ok(digest::digest(&digest::SHA256, bytes).as_ref().to_vec())
    }

    /// The fake signature of an input is its digest.
    async fn verify_rs256(
        &self,
        _key: &RsaKey,
        signature: &[u8],
        input: &[u8],
    ) -> Result<SignatureVerdict, NoWebCrypto> {
        let is_valid = digest::digest(&digest::SHA256, input).as_ref() == signature;
        Ok(if is_valid { SignatureVerdict::Valid } else { SignatureVerdict::Invalid })
    }
}

impl Http for FakePlatform {
    type Body = FakeBody;

    fn is_offline(&self) -> bool {
        self.0.offline.get()
    }

    async fn send(&self, request: &HttpRequest<'_>) -> HttpOutcome<FakeBody> {
        let line = format!("{} {}", request.method.as_str(), request.url);
        self.0.requests.borrow_mut().push(SentRequest {
            line: line.clone(),
            authorization: request.authorization.clone(),
            body: request.body.map(|body| body.text.clone()),
        });
        match self.wait_for(line).await {
            Answer::Http(outcome) => outcome,
            Answer::Event(_) | Answer::Logout(_) | Answer::Slept => HttpOutcome::Failed(None),
        }
    }
}

impl StateStore for FakePlatform {
    fn read_record(&self, _store: TransactionStore, number: u32) -> Option<String> {
        self.0.records.borrow().get(&number).cloned()
    }

    fn write_record(
        &self,
        _store: TransactionStore,
        number: u32,
        record: &str,
    ) -> Result<(), StoreUnusable> {
        if self.0.store_broken.get() {
            return Err(StoreUnusable);
        }
        self.0.records.borrow_mut().insert(number, record.to_owned());
        Ok(())
    }

    fn remove_record(&self, _store: TransactionStore, number: u32) -> Result<(), StoreUnusable> {
        if self.0.store_broken.get() {
            return Err(StoreUnusable);
        }
        self.0.records.borrow_mut().remove(&number);
        Ok(())
    }

    fn records(&self, _store: TransactionStore) -> Result<Vec<(u32, String)>, StoreUnusable> {
        let records = self.0.records.borrow();
        Ok(records.iter().map(|(number, record)| (*number, record.clone())).collect())
    }
}

impl Navigation for FakePlatform {
    fn address(&self) -> String {
        self.0.address.borrow().clone()
    }

    fn origin_of(&self, url: &str) -> String {
        url::Url::parse(url).unwrap().origin().ascii_serialization()
    }

    fn history_texts(&self) -> Vec<String> {
        self.0.history_texts.borrow().clone()
    }

    fn replace_address(&self, url: &str, texts: &[(String, String)]) {
        if self.0.address_stays.get() {
            return;
        }
        self.set_address(url);
        for text in self.0.history_texts.borrow_mut().iter_mut() {
            if let Some((_, replacement)) = texts.iter().find(|(other, _)| other == text) {
                text.clone_from(replacement);
            }
        }
    }

    fn announce_address(&self) {
        self.0.announced.set(self.0.announced.get() + 1);
    }

    async fn address_changed(&self, milliseconds: f64) {
        self.wait_for(format!("address {milliseconds}")).await;
    }

    fn assign(&self, url: &str) -> Result<(), NavigationFailed> {
        if self.0.navigation_fails.get() {
            return Err(NavigationFailed);
        }
        self.0.assigned.borrow_mut().push(url.to_owned());
        Ok(())
    }
}

/// An open window or frame.
pub(crate) struct FakeTarget {
    kind: WebMessageTarget,
    url: RefCell<String>,
    platform: FakePlatform,
}

impl Drop for FakeTarget {
    fn drop(&mut self) {
        let open = &self.platform.0.open_targets;
        open.set(open.get() - 1);
    }
}

impl WebMessages for FakePlatform {
    type Target = FakeTarget;

    fn open_target(&self, kind: WebMessageTarget) -> Option<FakeTarget> {
        if kind == WebMessageTarget::Popup && self.0.popups_blocked.get() {
            return None;
        }
        self.0.open_targets.set(self.0.open_targets.get() + 1);
        Some(FakeTarget { kind, url: RefCell::default(), platform: self.clone() })
    }
}

impl MessageTarget for FakeTarget {
    fn navigate(&self, url: &str, _timeout_ms: u32) {
        self.url.replace(url.to_owned());
        self.platform.0.loaded.borrow_mut().push((self.kind, url.to_owned()));
    }

    async fn next_event(&self) -> WebMessageEvent {
        let what = format!("message {}", self.url.borrow());
        match self.platform.wait_for(what).await {
            Answer::Event(event) => event,
            Answer::Http(_) | Answer::Logout(_) | Answer::Slept => WebMessageEvent::TimedOut,
        }
    }
}

impl OtherTabs for FakePlatform {
    fn announce_logout(&self, session_key: &str) {
        self.0.announced_logouts.borrow_mut().push(session_key.to_owned());
    }

    async fn next_logout(&self) -> String {
        match self.wait_for("logout elsewhere".to_owned()).await {
            Answer::Logout(key) => key,
            Answer::Http(_) | Answer::Event(_) | Answer::Slept => String::new(),
        }
    }
}

/// A task of the fake page.
#[derive(Clone)]
pub(crate) struct FakeTaskHandle(Rc<FakeTask>);

impl Tasks for FakePlatform {
    type Task = FakeTaskHandle;

    fn spawn(&self, future: LocalBoxFuture<()>) -> FakeTaskHandle {
        let task =
            Rc::new(FakeTask { future: RefCell::new(Some(future)), ended: Cell::new(false) });
        poll_task(&task);
        self.0.tasks.borrow_mut().push(task.clone());
        FakeTaskHandle(task)
    }

    async fn ended(&self, task: &FakeTaskHandle) {
        let task = task.0.clone();
        poll_fn(move |_| if task.ended.get() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    fn cancel(&self, task: &FakeTaskHandle) {
        drop(task.0.future.take());
    }
}
