--- The codes of core.Error that are not the kernel's: what each means, for docs/errors.md.
---
--- A code of the kernel (ENOENT, EACCES, ETIMEDOUT) means what errno(3) says.  Those of C stand in
--- src/base/status.h as well; a spec keeps both equal, and finds every code that is not here.
---@type table<string, string>
return {
  COMMAND_NOT_FOUND = "The command could not start: no program of that name in the PATH.",
  EAGENT = "The agent of a room has ended or does not answer. Nothing is known of what ran there.",
  EBUDGET = "A regular expression took more steps than it may on this text.",
  ECHANGED = "With `--locked`: an image is another one than clnrm.lock has.",
  ECLOSED = "The object was closed before the operation, or while it went on.",
  EDEADLOCK = "Every task waits, and nothing is left that could wake one.",
  EFAILED = "An error that was made without a code.",
  EIMAGE = "An image is not there, or is none that can be used here; the message says why.",
  ELIMIT = "A named limit was reached; the message says which.",
  EMACHINE = "This machine cannot enforce or give what is asked for; the message says what.",
  ENOTFILE = "The path is not a regular file: a directory, a device, a FIFO, a socket.",
  ENOTLOCKED = "With `--locked`: clnrm.lock has no such image for this platform.",
  EOUTSIDE = "The path leads out of the folder that it has to stay in.",
  ENGINE_ANSWER = "The engine's answer is not what the call gives: empty, no JSON, broken output.",
  ENGINE_API = "The Docker or Podman engine refused, for another reason than those below.",
  ENGINE_BAD_REQUEST = "The engine did not understand the call (400).",
  ENGINE_CONFLICT = "The engine cannot do that now: a name is taken, a container stopped (409).",
  ENGINE_CREDENTIALS = "Credentials for a registry cannot be had: a helper or config.json.",
  ENGINE_FORBIDDEN = "The engine, or a registry, forbids it (403).",
  ENGINE_INSECURE = "An engine would be spoken to in clear over a network, without looking at its "
    .. "certificate, or with a key that others can use.",
  ENGINE_NOT_FOUND = "The engine or the registry has no such thing (404).",
  ENGINE_NO_SPACE = "The engine's disk is full.",
  ENGINE_RATE_LIMIT = "A registry allows no more pulls for now (429).",
  ENGINE_SERVER = "The engine failed at it (500); whether it was begun is not known.",
  ENGINE_SETTINGS = "DOCKER_HOST, a context, config.json or their like name no engine.",
  ENGINE_UNAUTHORIZED = "A registry wants credentials, or other ones (401).",
  ENGINE_UNAVAILABLE = "Something in front of the engine could not reach it (502, 503, 504).",
  ENGINE_VERSION = "Engine and clnrm, or DOCKER_API_VERSION, have no version of the API in common.",
  EOWNER = "The port is held by a process that is not of the service that was asked about.",
  EPLUGIN = "A part of clnrm that is loaded on first use could not be; the message says why.",
  EPOLICY = "A limit or a policy of a room cannot be enforced here; the message says which.",
  EPROJECT = "The directory cannot be shown in a room as the project.",
  EPROTO = "The other side did not keep to the protocol. Of a room: something in it spoke in the "
    .. "agent's place.",
  EREGEX = "The regular expression cannot be compiled; the message has the place.",
  EROOM = "A step of making a room was refused; the message names it.",
  ESNAPSHOT = "A stored snapshot cannot be used; the message says why.",
  ESYNTAX = "The text is not well formed.",
  ETLS = "A server over TLS could not be trusted, or did not trust us; the message says why.",
  EUNKNOWN = "The kernel gave an error number that has no name.",
  EUTF8 = "The text is not valid UTF-8.",
}
