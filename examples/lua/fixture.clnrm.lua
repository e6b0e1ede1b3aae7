-- A fixture shared by a file: a git repository, made once, on first use.  Its teardown runs after
-- the last test, whatever happened, and fails when a test left something behind.
local clnrm = require("clnrm")
local expect = clnrm.expect

clnrm.fixture("repository", {
  scope = "file",
  setup = function(t)
    local room = t:open({
      env = {
        GIT_AUTHOR_NAME = "Test", GIT_AUTHOR_EMAIL = "test@example.com",
        GIT_COMMITTER_NAME = "Test", GIT_COMMITTER_EMAIL = "test@example.com",
      },
    })
    room:exec("git -c init.defaultBranch=main init -q .", { check = true })
    room:put("README", "hello\n")
    room:exec("git add README && git commit -q -m 'add README'", { check = true })
    return room
  end,
  teardown = function(room)
    room:exec("test -z \"$(git status --porcelain)\"", { check = true }) -- no test left anything
  end,
})

clnrm.test("the history has one commit", function(t)
  local room = t:use("repository")
  expect(room:exec("git log --format=%s").stdout):equals("add README\n")
end)

clnrm.test("the file is as it was committed", function(t)
  local room = t:use("repository")
  expect(room:get("README")):equals("hello\n")
  expect(room:exec("git diff --stat").stdout):equals("")
end)
