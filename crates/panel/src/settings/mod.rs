#[cfg(target_arch = "wasm32")]
pub(crate) fn settings_tab(_panel: crate::state::Panel) -> leptos::prelude::AnyView {
    use leptos::prelude::IntoAny;
    ().into_any()
}
