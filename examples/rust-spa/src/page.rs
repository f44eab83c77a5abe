//! The page: what a framework would do.

use auth0_current_user::Error;
use wasm_bindgen::prelude::*;
use web_sys::{Document, HtmlElement, window};

fn document() -> Document {
    window().and_then(|window| window.document()).expect_throw("no page")
}

fn app() -> HtmlElement {
    document().get_element_by_id("app").expect_throw("no #app").unchecked_into()
}

/// The page's own address, without query and fragment.
pub fn address() -> String {
    let location = document().location().expect_throw("no address");
    let origin = location.origin().expect_throw("no origin");
    let path = location.pathname().expect_throw("no path");
    origin + &path
}

/// An attribute `data-…` of the application's element.
pub fn setting(name: &str) -> String {
    app().dataset().get(name).unwrap_or_default()
}

/// An element with a text. As text: a message may hold words of the server.
pub fn element(tag: &str, text: &str) -> HtmlElement {
    let made = document().create_element(tag).expect_throw("no such element");
    made.set_text_content(Some(text));
    made.unchecked_into()
}

pub fn button(name: &str, action: impl Fn() + 'static) -> HtmlElement {
    let made = element("button", name);
    let action = Closure::<dyn Fn()>::new(action).into_js_value();
    made.set_onclick(Some(action.unchecked_ref()));
    made
}

pub fn append(place: &HtmlElement, part: &HtmlElement) {
    place.append_child(part).expect_throw("no child can be there");
}

pub fn fill(place: &HtmlElement, parts: &[HtmlElement]) {
    place.set_text_content(None);
    parts.iter().for_each(|part| append(place, part));
}

pub fn show(parts: &[HtmlElement]) {
    fill(&app(), parts);
}

pub fn explain(error: &Error) {
    let alert = element("p", &format!("{error} "));
    alert.set_attribute("role", "alert").expect_throw("no attribute");
    let again = element("a", "Start again");
    again.set_attribute("href", &address()).expect_throw("no attribute");
    append(&alert, &again);
    show(&[alert]);
}
