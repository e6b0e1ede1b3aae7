--- The codes of core.Error that are not the kernel's: what each means, for docs/errors.md.
---
--- A code of the kernel (ENOENT, EACCES, ETIMEDOUT) means what errno(3) says.  Those of C stand in
--- src/base/status.h as well; a spec keeps both equal, and finds every code that is not here.
---@type table<string, string>
return {
  COMMAND_NOT_FOUND = "The command could not start: no program of that name in the PATH.",
  EAGENT = "The agent of a room has ended or does not answer. Nothing is known of what ran there.",
  EBUDGET = "A regular expression took more steps than it may on this text.",
  ECLOSED = "The object was closed before the operation, or while it went on.",
  EDEADLOCK = "Every task waits, and nothing is left that could wake one.",
  EFAILED = "An error that was made without a code.",
  EIMAGE = "An image is not there, or is none that can be used here; the message says why.",
  ELIMIT = "A named limit was reached; the message says which.",
  EMACHINE = "This machine cannot enforce or give what is asked for; the message says what.",
  ENOTFILE = "The path is not a regular file: a directory, a device, a FIFO, a socket.",
  EOUTSIDE = "The path leads out of the folder that it has to stay in.",
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
  EUNKNOWN = "The kernel gave an error number that has no name.",
  EUTF8 = "The text is not valid UTF-8.",
}
