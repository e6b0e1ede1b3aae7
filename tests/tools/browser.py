"""browser.py -- a page in a real Chromium, driven by the DevTools protocol.

usage: browser.py [--no-script] [--size WxH] [--scheme light|dark] ACTION...

Actions run in their order, each prints one line of JSON:
  open=URL      goes there, and waits until it is loaded
  eval=JS       the value of an expression; what it promises is waited for
  until=JS      waits until the expression is true: true, or false when it never was
  wait=FILE     waits until the file is there
  touch=FILE    makes a file: what stands before it is done
  key=NAME      presses a key: a letter, Tab, Enter, Escape
  click=CSS     clicks on the middle of an element, as a mouse does
  shot=FILE     writes a picture of the whole page (PNG)
  errors        what went wrong so far: errors and warnings of the console, of loading, of the CSP

As root Chromium refuses to start without --no-sandbox: its own sandbox wants a user namespace that
maps another user.  Nothing but pages of these tests is opened.
"""
import base64
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import websocket

DEADLINE_S = 60
KEYS = {
    "Tab": (9, ""), "Enter": (13, "\r"), "Escape": (27, ""),
    "ArrowDown": (40, ""), "ArrowUp": (38, ""),
}


def end_with_parent():
    """The browser is in a session of its own: it ends with this program, however that ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Browser:
    def __init__(self, profile):
        self.errors, self.loaded, self.number = [], False, 0
        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
             "--disable-background-networking", "--remote-debugging-port=0",
             "--user-data-dir=" + profile, "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
            preexec_fn=end_with_parent)
        at = None
        while not at:
            line = self.process.stderr.readline()
            if not line:
                sys.exit("browser.py: chromium ended: %s" % self.process.wait())
            if "DevTools listening on " in line:
                at = line.split(" on ")[1].strip()
        pages = "http://" + at.split("/")[2] + "/json/list"
        target = [one for one in json.load(urllib.request.urlopen(pages)) if one["type"] == "page"]
        self.socket = websocket.create_connection(
            target[0]["webSocketDebuggerUrl"], suppress_origin=True, timeout=DEADLINE_S)
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.call(domain + ".enable")

    def take(self, message):
        method, params = message.get("method"), message.get("params", {})
        if method == "Page.loadEventFired":
            self.loaded = True
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            entry = params["entry"]
            self.errors.append("%s: %s %s" % (entry["source"], entry["text"], entry.get("url", "")))
        elif method == "Runtime.exceptionThrown":
            self.errors.append("exception: " + json.dumps(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.errors.append("console: " + json.dumps(params["args"]))
        elif method == "Page.javascriptDialogOpening":
            self.errors.append("dialog: " + params["message"])
            self.call("Page.handleJavaScriptDialog", accept=False)

    def call(self, method, **params):
        self.number += 1
        number = self.number
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == number:
                if "error" in message:
                    sys.exit("browser.py: %s: %s" % (method, message["error"]))
                return message["result"]
            self.take(message)

    def listen(self, seconds):
        self.socket.settimeout(seconds)
        try:
            self.take(json.loads(self.socket.recv()))
        except websocket.WebSocketTimeoutException:
            pass
        self.socket.settimeout(DEADLINE_S)

    def open(self, url):
        self.loaded = False
        answer = self.call("Page.navigate", url=url)
        if "errorText" in answer:
            return answer["errorText"]
        deadline = time.monotonic() + DEADLINE_S
        while not self.loaded and time.monotonic() < deadline:
            self.listen(0.1)
        return self.loaded

    def eval(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True,
                           returnByValue=True)
        if "exceptionDetails" in result:
            return {"exception": result["exceptionDetails"].get("exception", {}).get("description")}
        return result["result"].get("value")

    def until(self, expression):
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            if self.eval(expression) is True:
                return True
            self.listen(0.02)
        return False

    def key(self, name):
        code, text = KEYS.get(name, (ord(name[0].upper()), name))
        fields = {"key": name, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **fields)
        self.call("Input.dispatchKeyEvent", type="keyUp", **fields)
        return True

    def click(self, selector):
        at = self.eval("(() => { const e = document.querySelector(%s); if (!e) return null;"
                       "e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
                       "return [r.x + r.width / 2, r.y + r.height / 2] })()" % json.dumps(selector))
        if not at:
            return False
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], button="left",
                      clickCount=1)
        return True

    def shot(self, path):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
        return True

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def wait(path):
    deadline = time.monotonic() + DEADLINE_S
    while not os.path.exists(path) and time.monotonic() < deadline:
        time.sleep(0.02)
    return os.path.exists(path)


def touch(path):
    with open(path, "w"):
        return True


def main(args):
    profile = tempfile.mkdtemp(prefix="clnrm-browser-")
    browser = None
    try:
        browser = Browser(profile)
        while args and args[0].startswith("--"):
            option = args.pop(0)
            if option == "--no-script":
                browser.call("Emulation.setScriptExecutionDisabled", value=True)
            elif option == "--size":
                width, height = args.pop(0).split("x")
                browser.call("Emulation.setDeviceMetricsOverride", width=int(width),
                             height=int(height), deviceScaleFactor=1, mobile=False)
                browser.call("Emulation.setScrollbarsHidden", hidden=True)
            elif option == "--scheme":
                browser.call("Emulation.setEmulatedMedia", features=[
                    {"name": "prefers-color-scheme", "value": args.pop(0)}])
        for action in args:
            name, _, value = action.partition("=")
            if name == "errors":
                browser.listen(0.3)
                result = browser.errors
            elif name in ("wait", "touch"):
                result = {"wait": wait, "touch": touch}[name](value)
            else:
                result = getattr(browser, name)(value)
            print(json.dumps(result), flush=True)
    finally:
        if browser:
            browser.close()
        shutil.rmtree(profile, ignore_errors=True)


main(sys.argv[1:])
