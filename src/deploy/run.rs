//! What is run in the end: a command without the programs that only start another.

use super::shell::{self, Command, Input, Quoted, Word};
use super::text::Text;
use crate::source::Span;

/// A word, in its file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Arg {
    pub(super) text: String,
    pub(super) at: Span,
    pub(super) quoted: Quoted,
    pub(super) halves_dollars: bool,
}

/// A command that is run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Run {
    /// The program, without its folder and version; empty where nothing but a reference is run.
    pub(super) name: String,
    /// The program as written, and its arguments.
    pub(super) words: Vec<Arg>,
    /// What is set for it alone.
    pub(super) env: Vec<(String, Arg)>,
    /// What it reads.
    pub(super) input: Option<Fed>,
    /// What it runs: a script of a package, a target, a file.
    pub(super) references: Vec<Reference>,
    pub(super) guards: Vec<String>,
    pub(super) looped: bool,
    /// The command as it is written, with all that starts it.
    pub(super) cause: Span,
    /// The line.
    pub(super) passage: Span,
    /// It runs on a machine or in a cluster elsewhere.
    pub(super) remote: bool,
    /// The programs that started it, outermost first, with all their words.
    pub(super) starters: Vec<Vec<Arg>>,
}

/// What a command reads.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fed {
    /// A file.
    File(Arg),
    /// Text in the script; `open` where the shell expands what is in it.
    Text { text: String, at: Span, open: bool },
    /// The output of a command.
    Output(Vec<Arg>),
}

/// Something else that is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// A script of the package, in a folder below where one is named.
    Script { name: String, folder: Option<String> },
    /// A target of the Makefile.
    Target(String),
    /// A file.
    File(String),
}

/// Shells within shells are read to this depth.
const DEPTH: usize = 4;

/// What a script runs, and its comments.
pub(super) fn runs(text: &Text) -> (Vec<Run>, Vec<Span>) {
    let mut found = Vec::new();
    let comments = read(text, &Context::default(), DEPTH, &mut found);
    (found, comments.into_iter().map(|comment| text.place(comment)).collect())
}

/// What a list of words runs that no shell reads: `CMD ["npm", "start"]`.
pub(super) fn runs_of_words(words: &[(Text, Span)], passage: Span) -> Vec<Run> {
    let args: Vec<_> = words
        .iter()
        .map(|(text, at)| Arg { text: text.text.clone(), at: *at, quoted: Quoted::Single, halves_dollars: false })
        .collect();
    let Some(cause) = args.iter().map(|arg| arg.at).reduce(Span::to) else { return Vec::new() };
    let mut found = Vec::new();
    let run = Run { cause, passage, ..Run::default() };
    let sources: Vec<_> = words.iter().map(|(text, _)| text.clone()).collect();
    peel(Peeled { run, words: args, texts: sources }, DEPTH, &mut found);
    found
}

/// What holds for all commands of a script within another.
#[derive(Clone, Debug, Default)]
struct Context {
    cause: Option<(Span, Span)>,
    guards: Vec<String>,
    env: Vec<(String, Arg)>,
    looped: bool,
    remote: bool,
    starters: Vec<Vec<Arg>>,
}

fn read(text: &Text, context: &Context, depth: usize, found: &mut Vec<Run>) -> Vec<Span> {
    let script = shell::read(&text.text);
    for command in &script.commands {
        let args = |words: &[Word]| words.iter().map(|word| arg(text, word)).collect::<Vec<_>>();
        let texts = command.words.iter().map(|word| text.within(word.at, &word.text)).collect();
        let (cause, passage) = context.cause.unwrap_or_else(|| (text.place(command.at), text.place(command.line)));
        let run = Run {
            env: context
                .env
                .iter()
                .cloned()
                .chain(command.assignments.iter().map(|(name, value)| (name.clone(), arg(text, value))))
                .collect(),
            input: fed(text, command, &script.commands),
            guards: context.guards.iter().chain(&command.guards).cloned().collect(),
            looped: context.looped || command.looped,
            // A line of a script within a script is shown by itself.
            cause: if depth == DEPTH { cause } else { text.place(command.at) },
            passage,
            remote: context.remote,
            starters: context.starters.clone(),
            ..Run::default()
        };
        peel(Peeled { run, words: args(&command.words), texts }, depth, found);
    }
    script.comments
}

fn arg(text: &Text, word: &Word) -> Arg {
    Arg { text: word.text.clone(), at: text.place(word.at), quoted: word.quoted, halves_dollars: word.halves_dollars }
}

fn fed(text: &Text, command: &Command, all: &[Command]) -> Option<Fed> {
    match &command.input {
        Some(Input::File(word)) => Some(Fed::File(arg(text, word))),
        Some(Input::Heredoc { body, quoted }) => {
            let inner = text.text.get(body.range()).unwrap_or_default().to_owned();
            Some(Fed::Text { text: inner, at: text.place(*body), open: !quoted })
        }
        Some(Input::Here(word)) => {
            let open = word.quoted != Quoted::Single;
            Some(Fed::Text { text: word.text.clone(), at: text.place(word.at), open })
        }
        None => {
            let from = all.get(command.piped_from?)?;
            Some(Fed::Output(from.words.iter().map(|word| arg(text, word)).collect()))
        }
    }
}

/// A command on its way to what is run.
struct Peeled {
    run: Run,
    words: Vec<Arg>,
    /// The words as texts, for those that are scripts.
    texts: Vec<Text>,
}

impl Peeled {
    fn skip(&mut self, count: usize) {
        let count = count.min(self.words.len());
        self.words.drain(..count);
        self.texts.drain(..count);
    }

    fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |arg| arg.text.as_str())
    }

    /// Takes the first word away and the flags behind it, with the values of those in `valued`; `--` ends them.
    fn skip_flags(&mut self, valued: &[&str]) {
        self.skip(1);
        while self.word(0).starts_with('-') {
            let word = self.word(0);
            let ends = word == "--";
            let value = valued.contains(&word);
            self.skip(1 + usize::from(value));
            if ends {
                break;
            }
        }
    }

    /// Takes `NAME=value` away.
    fn take_assignments(&mut self) {
        while let Some((name, value)) = self.words.first().and_then(assignment) {
            self.run.env.push((name, value));
            self.skip(1);
        }
    }
}

fn assignment(arg: &Arg) -> Option<(String, Arg)> {
    let (name, value) = arg.text.split_once('=')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then(|| (name.to_owned(), Arg { text: value.to_owned(), ..arg.clone() }))
}

/// The program's name without its folder, version and ending.
fn program(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.trim_end_matches(".cmd").trim_end_matches(".exe");
    name.split_once('@').map_or(name, |(name, _)| if name.is_empty() { word } else { name })
}

const DOCKER_VALUED: [&str; 26] = [
    "-e",
    "--env",
    "-u",
    "--user",
    "-w",
    "--workdir",
    "-v",
    "--volume",
    "--network",
    "--net",
    "--name",
    "--entrypoint",
    "--env-file",
    "-p",
    "--publish",
    "-f",
    "--file",
    "--profile",
    "--project-name",
    "--project-directory",
    "--platform",
    "--memory",
    "-m",
    "--index",
    "-l",
    "--label",
];

/// Takes away what only starts another program, and adds what is left.
fn peel(mut peeled: Peeled, depth: usize, found: &mut Vec<Run>) {
    let cause = peeled.run.cause;
    for _ in 0..16 {
        let before = peeled.words.clone();
        let name = program(peeled.word(0)).to_owned();
        match name.as_str() {
            "" => break,
            "sudo" | "doas" => {
                peeled.skip_flags(&["-u", "-g", "-h", "-p"]);
                peeled.take_assignments();
            }
            "env" => {
                peeled.skip_flags(&["-u", "-C"]);
                peeled.take_assignments();
            }
            "exec" | "command" | "builtin" | "nohup" | "time" | "tini" | "dumb-init" | "spring" | "setsid" => {
                peeled.skip_flags(&["-a"])
            }
            "nice" | "ionice" => peeled.skip_flags(&["-n", "-c"]),
            "cross-env" | "cross-env-shell" => {
                peeled.skip(1);
                peeled.take_assignments();
                // `cross-env-shell "a && b"`.
                if peeled.words.len() == 1 && peeled.word(0).contains(' ') {
                    return script_of(peeled, 0, depth, found);
                }
            }
            "timeout" => {
                peeled.skip_flags(&["-s", "-k", "--signal"]);
                peeled.skip(1);
            }
            "gosu" | "su-exec" | "chpst" => peeled.skip(2),
            "npx" | "bunx" | "pnpx" => {
                if let Some(at) = peeled.words.iter().position(|arg| matches!(arg.text.as_str(), "-c" | "--call")) {
                    return script_of(peeled, at + 1, depth, found);
                }
                peeled.skip_flags(&["-p", "--package"]);
            }
            "npm" | "pnpm" | "yarn" | "bun" => {
                if !package_manager(&mut peeled, &name) {
                    break;
                }
            }
            "node" | "ts-node" | "tsx" | "ts-node-dev" | "deno" => {
                peeled.skip_flags(&["-r", "--require", "--import", "--loader", "-P", "--project", "--env-file"]);
                let file = peeled.word(0);
                let tool = [
                    ("typeorm/cli", "typeorm"),
                    ("prisma/build/index", "prisma"),
                    ("sequelize", "sequelize"),
                    ("drizzle-kit/", "drizzle-kit"),
                ];
                let within = file.contains("node_modules/") || file.contains("typeorm/cli");
                match tool.into_iter().find(|(part, _)| within && file.contains(part)) {
                    Some((_, tool)) => {
                        if let Some(first) = peeled.words.first_mut() {
                            first.text = tool.to_owned();
                        }
                    }
                    None if file.contains("/.bin/") => {}
                    None => {
                        peeled.words = before;
                        break;
                    }
                }
            }
            "python" | "python3" | "py" => {
                if let Some(at) = peeled.words.iter().position(|arg| arg.text == "-m") {
                    peeled.skip(at + 1);
                } else {
                    peeled.skip_flags(&["-W", "-X"]);
                    if !peeled.word(0).ends_with("manage.py") {
                        peeled.words = before;
                        break;
                    }
                }
            }
            "php" => peeled.skip_flags(&["-d", "-c"]),
            "poetry" | "pipenv" | "uv" | "pdm" | "hatch" | "rye" | "railway" | "doppler" | "infisical"
                if peeled.word(1) == "run" =>
            {
                peeled.run.remote |= name == "railway";
                peeled.skip(1);
                peeled.skip_flags(&[
                    "--env",
                    "--project",
                    "--config",
                    "-c",
                    "-p",
                    "-e",
                    "-s",
                    "--service",
                    "--path",
                    "--directory",
                ]);
            }
            "bundle" if peeled.word(1) == "exec" => peeled.skip(2),
            "dotnet" if peeled.word(1) == "ef" => {
                peeled.skip(1);
                if let Some(first) = peeled.words.first_mut() {
                    first.text = "dotnet-ef".to_owned();
                }
                break;
            }
            "cargo" if peeled.word(1) == "sqlx" => peeled.skip(1),
            "rw" | "redwood" | "blitz" | "keystone" | "wasp" if peeled.word(1) == "prisma" => peeled.skip(1),
            "docker" | "docker-compose" | "podman" | "podman-compose" | "nerdctl" => {
                if !container(&mut peeled, &name) {
                    peeled.words = before;
                    break;
                }
            }
            "kubectl" | "oc" if peeled.words.iter().any(|arg| arg.text == "exec") => {
                let Some(at) = peeled.words.iter().position(|arg| arg.text == "--") else { break };
                peeled.run.remote = true;
                peeled.skip(at + 1);
            }
            "heroku" if peeled.word(1).starts_with("run") => {
                peeled.skip(1);
                peeled.skip_flags(&["-a", "--app", "-s", "--size", "-r", "--remote", "-e", "--env", "--type"]);
                peeled.run.remote = true;
                if peeled.words.len() == 1 && peeled.word(0).contains(' ') {
                    return script_of(peeled, 0, depth, found);
                }
            }
            "dokku" if peeled.word(1) == "run" => {
                peeled.skip(3);
                peeled.run.remote = true;
            }
            "fly" | "flyctl" if peeled.word(1) == "ssh" => {
                let at = peeled.words.iter().position(|arg| matches!(arg.text.as_str(), "-C" | "--command"));
                let Some(at) = at else { break };
                peeled.run.remote = true;
                return script_of(peeled, at + 1, depth, found);
            }
            "ssh" => {
                peeled.skip_flags(&[
                    "-i", "-p", "-o", "-l", "-F", "-J", "-L", "-R", "-D", "-b", "-c", "-E", "-m", "-W", "-w", "-S",
                ]);
                peeled.skip(1);
                peeled.run.remote = true;
                peeled.run.starters.push(before);
                match peeled.words.len() {
                    0 => return fed_script(peeled, depth, found),
                    1 => return script_of(peeled, 0, depth, found),
                    // The shell on the other side sees one line.
                    _ => {
                        let quoted = peeled.words.iter().any(|arg| arg.quoted != Quoted::No && arg.text.contains(' '));
                        if !quoted
                            && peeled.words.iter().any(|arg| matches!(arg.text.as_str(), "&&" | ";" | "||" | "|"))
                        {
                            break;
                        }
                        continue;
                    }
                }
            }
            "sh" | "bash" | "zsh" | "dash" | "ash" | "su" | "runuser" | "busybox" => {
                let is_command = |arg: &Arg| {
                    let text = arg.text.as_str();
                    text == "--command" || (text.starts_with('-') && !text.starts_with("--") && text.ends_with('c'))
                };
                if let Some(at) = peeled.words.iter().position(is_command) {
                    peeled.run.starters.push(before);
                    return script_of(peeled, at + 1, depth, found);
                }
                if name == "su" || name == "runuser" {
                    break;
                }
                peeled.skip_flags(&["-o", "+o", "--rcfile"]);
                if peeled.words.is_empty() {
                    return fed_script(peeled, depth, found);
                }
                let file = peeled.word(0).to_owned();
                peeled.run.references.push(Reference::File(file));
                break;
            }
            "eval" => return script_of(peeled, 1, depth, found),
            "source" | "." => {
                let file = peeled.word(1).to_owned();
                peeled.run.references.push(Reference::File(file));
                break;
            }
            "make" | "gmake" => {
                peeled.skip_flags(&["-C", "-f", "-j"]);
                let targets = peeled.words.iter().filter(|arg| !arg.text.contains('=') && !arg.text.starts_with('-'));
                let targets: Vec<_> = targets.map(|arg| Reference::Target(arg.text.clone())).collect();
                peeled.run.references.extend(targets);
                peeled.words = before;
                break;
            }
            "run-s" | "run-p" | "npm-run-all" | "concurrently" | "wireit" => {
                let words = std::mem::take(&mut peeled.words);
                for (at, arg) in words.iter().enumerate().skip(1).filter(|(_, arg)| !arg.text.starts_with('-')) {
                    if name == "concurrently" && !arg.text.starts_with("npm:") {
                        let inner =
                            Peeled { run: peeled.run.clone(), words: words.clone(), texts: peeled.texts.clone() };
                        script_of(inner, at, depth, found);
                    } else {
                        let name = arg.text.trim_start_matches("npm:").to_owned();
                        peeled.run.references.push(Reference::Script { name, folder: None });
                    }
                }
                break;
            }
            "dotenv" | "dotenvx" | "env-cmd" | "dotenv-cli" => {
                peeled.skip(usize::from(peeled.word(1) == "run"));
                let file = peeled.words.iter().skip(1).find(|arg| arg.text.contains(".env")).cloned();
                if let Some(file) = file {
                    peeled.run.env.push(("ENV_FILE".to_owned(), file));
                }
                match peeled.words.iter().position(|arg| arg.text == "--") {
                    Some(at) => peeled.skip(at + 1),
                    None => peeled.skip_flags(&["-e", "-f", "-c", "--file", "-v", "-p", "--env-file"]),
                }
            }
            _ => {
                let first = peeled.word(0);
                if first.contains('/') || first.ends_with(".sh") {
                    peeled.run.references.push(Reference::File(first.to_owned()));
                }
                // `wait-for-it db:5432 -- npm start`, `op run -- ...`: what stands behind `--` is another program.
                let behind = peeled.words.iter().position(|arg| arg.text == "--");
                match behind {
                    Some(at) if !is_tool(&name) && at + 1 < peeled.words.len() => peeled.skip(at + 1),
                    _ => break,
                }
            }
        }
        if peeled.words.len() == before.len() {
            break;
        }
        if name != "ssh" {
            peeled.run.starters.push(before);
        }
    }
    let Peeled { mut run, words, .. } = peeled;
    run.name = program(words.first().map_or("", |first| first.text.as_str())).to_owned();
    run.words = words;
    run.cause = cause;
    found.push(run);
}

/// Programs whose own arguments stand behind `--`.
fn is_tool(name: &str) -> bool {
    matches!(
        name,
        "prisma"
            | "supabase"
            | "drizzle-kit"
            | "typeorm"
            | "rails"
            | "rake"
            | "psql"
            | "git"
            | "sequelize"
            | "artisan"
            | "console"
    )
}

/// A word that is a script.
fn script_of(peeled: Peeled, at: usize, depth: usize, found: &mut Vec<Run>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    if let Some(text) = peeled.texts.get(at) {
        read(text, &context(&peeled), depth, found);
    }
    // What it starts is known; that it is started stays.
    let mut run = peeled.run;
    run.name = program(peeled.words.first().map_or("", |first| first.text.as_str())).to_owned();
    run.words = peeled.words;
    found.push(run);
}

/// A shell that reads its commands.
fn fed_script(peeled: Peeled, depth: usize, found: &mut Vec<Run>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    if let Some(Fed::Text { text, at, .. }) = &peeled.run.input {
        let text = Text::plain(text, at.start);
        let context = Context { cause: None, ..context(&peeled) };
        read(&text, &context, depth, found);
    }
    found.push(peeled.run);
}

fn context(peeled: &Peeled) -> Context {
    let run = &peeled.run;
    Context {
        cause: Some((run.cause, run.passage)),
        guards: run.guards.clone(),
        env: run.env.clone(),
        looped: run.looped,
        remote: run.remote,
        starters: run.starters.clone(),
    }
}

/// Takes away `npm exec`, `pnpm dlx` and the like. Whether a program is left that is not the package manager's own.
fn package_manager(peeled: &mut Peeled, name: &str) -> bool {
    let mut folder = None;
    peeled.skip(1);
    while peeled.word(0).starts_with('-') && peeled.word(0) != "--" {
        let valued =
            ["--filter", "-F", "-C", "--dir", "--prefix", "--cwd", "--workspace", "-w"].contains(&peeled.word(0));
        if ["-C", "--dir", "--prefix", "--cwd"].contains(&peeled.word(0)) {
            folder = Some(peeled.word(1).to_owned());
        }
        // `pnpm -w` is the root of the workspace.
        let valued = valued && !(name == "pnpm" && peeled.word(0) == "-w");
        peeled.skip(1 + usize::from(valued));
    }
    if name == "yarn" && peeled.word(0) == "workspace" {
        peeled.skip(2);
    }
    match peeled.word(0) {
        "exec" | "dlx" | "x" => {
            peeled.skip_flags(&["-p", "--package", "-w", "--workspace"]);
            true
        }
        "run" | "run-script" => {
            peeled.skip_flags(&["--filter", "-w", "--workspace", "--prefix"]);
            let name = peeled.word(0).to_owned();
            peeled.run.references.push(Reference::Script { name, folder });
            // `yarn run prisma ...` runs the program as well.
            peeled.words.len() > 1
        }
        "" | "install" | "i" | "ci" | "add" | "remove" | "publish" | "update" | "up" | "version" | "cache"
        | "config" | "set" => false,
        script @ ("start" | "test" | "stop" | "restart" | "t") => {
            let name = if script == "t" { "test" } else { script }.to_owned();
            peeled.run.references.push(Reference::Script { name, folder });
            false
        }
        script if name != "npm" => {
            let name = script.to_owned();
            peeled.run.references.push(Reference::Script { name, folder });
            true
        }
        _ => false,
    }
}

/// Takes away `docker compose run service` and the like. Whether a program is left.
fn container(peeled: &mut Peeled, name: &str) -> bool {
    let composes = name.ends_with("compose") || peeled.word(1) == "compose";
    peeled.skip(usize::from(composes && !name.ends_with("compose")));
    peeled.skip_flags(&DOCKER_VALUED);
    if !matches!(peeled.word(0), "run" | "exec") {
        return false;
    }
    // What is set for the container.
    peeled.skip(1);
    while peeled.word(0).starts_with('-') {
        let valued = DOCKER_VALUED.contains(&peeled.word(0));
        if matches!(peeled.word(0), "-e" | "--env")
            && let Some(set) = peeled.words.get(1).and_then(assignment)
        {
            peeled.run.env.push(set);
        }
        peeled.skip(1 + usize::from(valued));
    }
    peeled.skip(1);
    !peeled.words.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let (runs, _) = runs(&Text::plain(text, 0));
        let words = |run: &Run| run.words.iter().map(|arg| arg.text.as_str()).collect::<Vec<_>>().join(" ");
        runs.iter().map(words).collect()
    }

    #[test]
    fn what_starts_a_program_is_taken_away() {
        for text in [
            "npx prisma db push",
            "npx --yes prisma db push",
            "pnpm exec prisma db push",
            "pnpm --filter web exec prisma db push",
            "yarn prisma db push",
            "bunx prisma db push",
            "sudo -u app env A=b prisma db push",
            "cross-env A=b prisma db push",
            "dotenv -e .env.production -- prisma db push",
            "docker compose run --rm -e A=b app prisma db push",
            "docker-compose -f x.yml exec -T app prisma db push",
            "docker run --rm -v a:b image prisma db push",
            "kubectl exec -it pod -- prisma db push",
            "heroku run -a app prisma db push",
            "ssh -i key host prisma db push",
            "wait-for-it.sh db:5432 -- prisma db push",
            "timeout 60 prisma db push",
        ] {
            assert_eq!(names(text), ["prisma db push"], "{text}");
        }
        assert_eq!(names("bundle exec rails db:reset"), ["rails db:reset"]);
        assert_eq!(names("python -m alembic upgrade head"), ["alembic upgrade head"]);
        assert_eq!(names("python manage.py migrate"), ["manage.py migrate"]);
    }

    #[test]
    fn shells_within_shells_are_read() {
        assert_eq!(names("sh -c 'a && b c'"), ["a", "b c", "sh -c a && b c"]);
        assert_eq!(names("ssh host \"cd x && bash -c 'a b'\"")[..2], ["cd x", "a b"]);
        assert_eq!(names("ssh host <<EOF\na\nb c\nEOF")[..2], ["a", "b c"]);
    }

    #[test]
    fn what_is_run_beside_is_known() {
        let references = |text: &str| runs(&Text::plain(text, 0)).0.remove(0).references;
        let script = |name: &str| Reference::Script { name: name.to_owned(), folder: None };
        assert_eq!(references("npm run db:push"), [script("db:push")]);
        assert_eq!(references("npm start"), [script("start")]);
        assert_eq!(references("yarn deploy"), [script("deploy")]);
        assert_eq!(references("make a b"), [Reference::Target("a".into()), Reference::Target("b".into())]);
        assert_eq!(references("./bin/x.sh y"), [Reference::File("./bin/x.sh".into())]);
        assert_eq!(references("bash -e deploy.sh"), [Reference::File("deploy.sh".into())]);
    }

    #[test]
    fn a_nested_command_has_its_place() {
        let text = "ssh h \"psql -c \\\"select 1\\\" && a\"";
        let (runs, _) = runs(&Text::plain(text, 0));
        assert_eq!(&text[runs[0].words[0].at.range()], "psql");
        assert_eq!(&text[runs[1].words[0].at.range()], "a");
    }
}
