#!/usr/bin/env python3
"""Runs the steps of action.yml as GitHub does, against a small server for its API.

    run.py                        with the fake program beside this file
    run.py --binary PATH [--image FILE]   with the real one; a small image is made if none is given

Every `run:` of action.yml is taken as it stands there; `${{ }}` and `if:` are worked out
here, for the few forms that the file uses (any other is an error). Needs bash, curl, jq,
python3 with yaml.
"""
import argparse
import hashlib
import http.server
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import threading
import urllib.parse

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
TOKEN = "the-token-of-the-job"


class Api(http.server.BaseHTTPRequestHandler):
    """As much of GitHub as comments on issues need."""

    def answer(self, status, value):
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def handle_any(self):
        state = self.server.state
        url = urllib.parse.urlparse(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or "null")
        state["calls"].append((self.command, self.path))
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.answer(401, {"message": "Bad credentials"})
        refused = state["refuse"].get(self.command)
        if refused:
            return self.answer(refused, {"message": "Resource not accessible by integration"})
        if self.command == "GET" and url.path == "/repos/o/r/issues/7/comments":
            query = urllib.parse.parse_qs(url.query)
            per, page = int(query.get("per_page", ["30"])[0]), int(query.get("page", ["1"])[0])
            return self.answer(200, state["comments"][per * (page - 1) : per * page])
        if self.command == "POST" and url.path == "/repos/o/r/issues/7/comments":
            made = comment(1000 + len(state["comments"]), body["body"])
            state["comments"].append(made)
            return self.answer(201, made)
        match = re.fullmatch(r"/repos/o/r/issues/comments/(\d+)", url.path)
        if self.command == "PATCH" and match:
            for one in state["comments"]:
                if one["id"] == int(match.group(1)):
                    one["body"] = body["body"]
                    return self.answer(200, one)
        return self.answer(404, {"message": "Not Found"})

    do_GET = do_POST = do_PATCH = handle_any

    def log_message(self, *_):
        pass


def comment(number, body, kind="Bot", association="NONE"):
    return {"id": number, "body": body, "user": {"type": kind}, "author_association": association,
            "html_url": f"https://github.example/c/{number}"}


def outputs(text):
    """A file of GITHUB_OUTPUT: `key=value`, or `key<<END`, lines, `END`."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        key, sign, rest = re.match(r"([^=<]+)(=|<<)(.*)", line).groups()
        if sign == "=":
            found[key] = rest
        else:
            found[key] = "\n".join(iter(lambda: next(lines), rest))
    return found


def job(program, image, inputs, state, env, event):
    """Every step, in order; what came of it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.state = state
    threading.Thread(target=server.serve_forever, daemon=True).start()
    given = {name: one.get("default", "") for name, one in ACTION["inputs"].items()}
    given.update({"image": image, "binary": program, "token": TOKEN})
    given.update(inputs)
    steps, log, failed, code = {}, "", False, 0

    def value(expression):
        scope, *rest = expression.strip().split(".")
        if scope == "inputs":
            return given[rest[0]]
        if scope == "steps" and rest[1] == "outputs":
            return steps.get(rest[0], {}).get(rest[2], "")
        raise SystemExit(f"run.py does not know {expression}")

    def filled(text):
        return re.sub(r"\$\{\{(.*?)\}\}", lambda found: value(found.group(1)), str(text))

    def wanted(step):
        condition = step.get("if", "${{ success() }}").strip().removeprefix("${{").removesuffix("}}").strip()
        if condition == "success()":
            return not failed
        if condition == "!cancelled()":
            return True
        name, word = re.fullmatch(r"(\S+) == '(\w*)'", condition).groups()
        return not failed and value(name) == word

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "event.json").write_text(json.dumps(event))
        (folder / "summary.md").touch()
        for number, step in enumerate(ACTION["runs"]["steps"]):
            assert step["shell"] == "bash"
            assert "${{" not in step["run"], "an input in a script is code"
            if not wanted(step):
                continue
            (folder / f"output{number}").touch()
            (folder / "step.sh").write_text(step["run"])
            around = {"PATH": os.environ["PATH"], "HOME": str(folder), "RUNNER_TEMP": str(folder),
                      "GITHUB_ACTION_PATH": str(ROOT), "GITHUB_EVENT_PATH": str(folder / "event.json"),
                      "GITHUB_OUTPUT": str(folder / f"output{number}"), "GITHUB_REPOSITORY": "o/r",
                      "GITHUB_STEP_SUMMARY": str(folder / "summary.md"), "GITHUB_ACTIONS": "true", "CI": "true",
                      "GITHUB_API_URL": f"http://127.0.0.1:{server.server_port}"} | env
            around |= {name: filled(text) for name, text in step.get("env", {}).items()}
            # As a runner calls bash where `shell: bash` is asked for.
            ran = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", folder / "step.sh"],
                                 env=around, cwd=folder, text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, timeout=300)
            log += ran.stdout
            if ran.returncode:
                failed, code = True, ran.returncode
            if "id" in step:
                steps[step["id"]] = outputs((folder / f"output{number}").read_text())
        arguments = folder / "arguments.txt"
        result = {"code": code, "log": log, "summary": (folder / "summary.md").read_text(),
                  "outputs": {name: filled(one["value"]) for name, one in ACTION["outputs"].items()},
                  "arguments": arguments.read_text().splitlines() if arguments.exists() else None}
    server.shutdown()
    return result


def small_image(folder):
    """An image of one file, as `docker save` writes it."""
    def packed(files):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name, content in files:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return out.getvalue()
    layer = packed([("srv/data", b"x" * 5000)])
    config = json.dumps({"os": "linux", "architecture": "amd64", "config": {}, "rootfs": {
        "type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}}).encode()
    manifest = json.dumps([{"Config": "config.json", "RepoTags": ["app:1"], "Layers": ["layer.tar"]}]).encode()
    path = pathlib.Path(folder) / "app.tar"
    path.write_bytes(packed([("manifest.json", manifest), ("config.json", config), ("layer.tar", layer)]))
    return str(path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary")
    parser.add_argument("--image")
    options = parser.parse_args()
    real = options.binary is not None
    with tempfile.TemporaryDirectory() as folder:
        image = options.image or small_image(folder)
        program = str(pathlib.Path(options.binary).resolve()) if real else str(HERE / "fake-imgsize")
        sys.exit(cases(program, image, real))


def cases(program, image, real):
    bad = 0
    pull, push = {"pull_request": {"number": 7}}, {"ref": "refs/heads/main"}
    others = [comment(number, f"comment {number}", "User") for number in range(1, 131)]
    code = {0: ({"args": "--max-total 1GB"}, {}), 1: ({"args": "--max-total 1"}, {}),
            2: ({"budget": "/no/such/budget.toml"}, {})}
    if not real:
        code = {number: ({}, {"FAKE_CODE": str(number)}) for number in code}

    def case(what, exits, check, inputs={}, comments=(), refuse={}, event=pull):
        nonlocal bad
        state = {"comments": [dict(one) for one in comments], "calls": [], "refuse": dict(refuse)}
        more, env = code[exits]
        found = job(program, image, {**more, **inputs}, state, env, event)
        wrong = [] if found["code"] == exits else [f"exit code {found['code']}, not {exits}"]
        if found["outputs"]["exit-code"] != str(exits):
            wrong.append(f"output exit-code {found['outputs']['exit-code']!r}")
        if TOKEN in found["log"]:
            wrong.append("the token is in the log")
        wrong += [words for is_right, words in check(found, state) if not is_right]
        bad += bool(wrong)
        print(f"{'FAIL' if wrong else 'ok  '}  {what}" + "".join(f"\n        {words}" for words in wrong))
        if wrong:
            print("        " + found["log"].replace("\n", "\n        "))

    methods = lambda state: [method for method, _ in state["calls"]]
    marked = lambda state, key: [one for one in state["comments"] if one["body"].startswith(f"<!-- imgsize:{key} -->")]
    warned = lambda found, word: "::warning title=imgsize::no comment" in found["log"] and word in found["log"]
    told = lambda found: (found["summary"].strip() != "", "the summary is empty")

    # The key that the program itself gives, to make an earlier comment of.
    first = {"comments": [], "calls": [], "refuse": {}}
    job(program, image, code[0][0], first, code[0][1], pull)
    assert first["comments"], "no comment is made at all"
    key = re.match(r"<!-- imgsize:(\S*) -->", first["comments"][0]["body"]).group(1)
    mine = comment(500, f"<!-- imgsize:{key} -->\r\nold")

    for exits in (0, 1):
        verdict = ("pass", "fail")[exits]
        case(f"a first comment, verdict {verdict}", exits, lambda found, state: [
            (methods(state) == ["GET", "POST"], f"calls {state['calls']}"),
            (len(marked(state, key)) == 1, "not one comment with the marker"),
            (found["outputs"]["verdict"] == verdict, f"outputs {found['outputs']}"),
            (("::error" in found["log"]) == (exits == 1), "annotations"), told(found)])
        case(f"an earlier comment on the second page, verdict {verdict}", exits, lambda found, state: [
            (methods(state) == ["GET", "GET", "PATCH"], f"calls {state['calls']}"),
            (len(state["comments"]) == 131, "another comment was made"),
            ("old" not in marked(state, key)[0]["body"], "it was not changed"), told(found)],
            comments=others + [mine])
        for status in (403, 404):
            case(f"comments cannot be read: {status}, verdict {verdict}", exits, lambda found, state: [
                (methods(state) == ["GET"], f"calls {state['calls']}"),
                (warned(found, "pull-requests: write"), "no hint"), told(found)], refuse={"GET": status})
        case(f"a fork's token that only reads, verdict {verdict}", exits, lambda found, state: [
            (methods(state) == ["GET", "POST"], f"calls {state['calls']}"),
            (warned(found, "HTTP 403"), "no warning"), told(found)], refuse={"POST": 403})
        case(f"an earlier comment cannot be changed, verdict {verdict}", exits, lambda found, state: [
            (methods(state) == ["GET", "PATCH"], f"calls {state['calls']}"),
            (warned(found, "HTTP 403"), "no warning"), told(found)], comments=[mine], refuse={"PATCH": 403})
        case(f"no token, verdict {verdict}", exits, lambda found, state: [
            (state["calls"] == [], f"calls {state['calls']}"),
            (warned(found, "no token"), "no warning"), told(found)], inputs={"token": ""})
        case(f"a token that is not taken, verdict {verdict}", exits, lambda found, state: [
            (warned(found, "HTTP 401"), "no warning"), told(found)], inputs={"token": "wrong"})
        case(f"no comment is wished, verdict {verdict}", exits, lambda found, state: [
            (state["calls"] == [], f"calls {state['calls']}"), told(found)], inputs={"comment": "false"})
        case(f"a push, no pull request, verdict {verdict}", exits, lambda found, state: [
            (state["calls"] == [], f"calls {state['calls']}"), told(found)], event=push)
    case("someone else wrote the marker", 0, lambda found, state: [
        (methods(state) == ["GET", "POST"], f"calls {state['calls']}")],
        comments=[{**mine, "user": {"type": "User"}}])
    case("a comment on a pull request as event", 0, lambda found, state: [
        (methods(state) == ["GET", "POST"], f"calls {state['calls']}")],
        event={"issue": {"number": 7, "pull_request": {}}})
    case("a key of one's own", 0, lambda found, state: [
        (methods(state) == ["GET", "POST"], f"calls {state['calls']}"),
        (len(marked(state, "api_-_._arm64")) == 1, f"{state['comments'][-1]['body'][:60]!r}")],
        inputs={"comment-key": "api|-->.&arm64"}, comments=[mine])
    case("what cannot be checked", 2, lambda found, state: [
        (state["calls"] == [], f"calls {state['calls']}"), ("::error" in found["log"], "no annotation"), told(found)])
    if not real:
        case("arguments arrive as they are", 0, lambda found, state: [
            (found["arguments"][2:6] == ["--budget", "my budget.toml", "--baseline", "$(id) *"]
             and found["arguments"][-5:] == ["--max-total", "*", "$HOME", "--", image], f"{found['arguments']}")],
            inputs={"budget": "my budget.toml", "baseline": "$(id) *", "args": "--max-total  *\n$HOME"})
    missing = job("/no/such/program", image, {}, {"comments": [], "calls": [], "refuse": {}}, {}, pull)
    is_red = missing["code"] == 2 and missing["outputs"]["exit-code"] == "2"
    bad += not is_red
    print(f"{'ok  ' if is_red else 'FAIL'}  no program: exit code {missing['code']}")
    print(f"{'the real program' if real else 'a FAKE program'}; {bad} failed")
    return bool(bad)


if __name__ == "__main__":
    main()
