//! Prepares the rule documents for `src/rule/builtin.rs`.

fn main() {
    println!("cargo::rerun-if-changed=rules");
}
