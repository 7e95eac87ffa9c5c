"""For gdb: shows what each parked actor and task is waiting for.

    (gdb) source tools/gdb/rehearse.py
    (gdb) rehearse-fibers               all of them
    (gdb) rehearse-fibers Counter       those whose first line has this word

A handler that waits keeps its stack, a fiber, which no thread is on: gdb's own `bt` does not see
it. `rehearse-fibers` prints the backtrace of each such stack, with whose it is and what it waits
for. It reads only, so it works on a live process and on a core file alike, at any optimisation. The
core file must be the kernel's: gdb's generate-core-file leaves out what follows an installed guard
page, and with it most stacks.

It must know a few classes of actor/; compile that with debug information, which costs no speed:
--per_file_copt=actor/@-g, or --copt=-g for everything.
"""

import re

import gdb
import gdb.unwinder

# Where jump_fcontext of Boost.Context 1.81 saves registers on x86-64, from the saved stack pointer
# on. What lies above the return address is the stack as its caller left it.
SAVED = {"r12": 0x10, "r13": 0x18, "r14": 0x20, "r15": 0x28, "rbx": 0x30, "rbp": 0x38, "rip": 0x40}
SAVED_BYTES = 0x48

CURRENT_WORKER = "rehearse::internal::current_worker"

# The lowest byte of Waitable::word_.
STATES = {0: "ready", 1: "ready", 2: "parked", 3: "woken", 4: "woken"}


def word():
    return gdb.lookup_type("unsigned long")


def read_word(address):
    return gdb.Value(address).cast(word().pointer()).dereference()


class FrameId:
    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class ParkedFiber(gdb.unwinder.Unwinder):
    """While it is used in a `with`, the selected thread's second frame is a parked fiber's first.

    Writing the registers would be simpler, but a core file has none that can be written.
    """

    def __init__(self):
        super().__init__("rehearse-parked-fiber")
        self.context = None
        self.thread_sp = None

    def at(self, context):
        self.context = context
        return self

    def __enter__(self):
        self.thread_sp = int(gdb.newest_frame().read_register("rsp"))
        gdb.invalidate_cached_frames()

    def __exit__(self, *_):
        self.thread_sp = None
        gdb.invalidate_cached_frames()

    def __call__(self, pending):
        if self.thread_sp is None or int(pending.read_register("rsp")) != self.thread_sp:
            return None
        # The frame's name must lie below the fiber's frames, or gdb thinks the stack corrupt.
        unwound = pending.create_unwind_info(
            FrameId(gdb.Value(self.context).cast(word()), pending.read_register("rip")))
        for register, offset in SAVED.items():
            unwound.add_saved_register(register, read_word(self.context + offset))
        unwound.add_saved_register("rsp", gdb.Value(self.context + SAVED_BYTES).cast(word()))
        return unwound


PARKED_FIBER = ParkedFiber()
gdb.unwinder.register_unwinder(None, PARKED_FIBER, replace=True)


def backtrace(context):
    """The lines of the backtrace of the fiber whose registers are saved at `context`."""
    with PARKED_FIBER.at(context):
        foreign = 0  # the thread's own frame, and what is inlined in it
        frame = gdb.newest_frame()
        while frame is not None and int(frame.read_register("rsp")) == PARKED_FIBER.thread_sp:
            foreign += 1
            frame = frame.older()
        text = gdb.execute("backtrace", to_string=True)
    lines = []
    for line in text.splitlines():
        frame = re.match(r"#(\d+) +(.*)", line)
        # The thread may be in a function of a library without symbols.
        if frame is not None and int(frame[1]) < foreign:
            continue
        # Below a fiber's first function there is only what made it.
        if frame is None or re.search(r"\bin (finish|make_fcontext|\?\?) \(", line):
            break
        lines.append(f"#{int(frame[1]) - foreign:<3}{frame[2]}")
    return lines


def text_of(value):
    """A std::string or an absl::string_view."""
    fields = {field.name for field in value.type.strip_typedefs().fields()}
    if "ptr_" in fields:
        return value["ptr_"].string(length=int(value["length_"]))
    if "_M_str" in fields:
        return value["_M_str"].string(length=int(value["_M_len"]))
    return value["_M_dataplus"]["_M_p"].string(length=int(value["_M_string_length"]))


def describe(strand):
    """Who it is, as far as its fields tell."""
    dynamic = strand.dynamic_type
    name = dynamic.target().name
    try:
        fields = strand.cast(dynamic).dereference()
        if name == "rehearse::Task":
            return f"task {text_of(fields['name_'])}"
        if name == "rehearse::internal::Cell":
            number = int(fields["id_"]["value"])
            return f"actor {text_of(fields['class_']['name'])}#{number}"
    except (gdb.error, ValueError):
        pass  # built without debug information; the class says something too
    return name


def fibers_of(worker):
    fibers = worker["fibers_"]["_M_impl"]
    at = fibers["_M_start"]
    while at != fibers["_M_finish"]:
        yield at.dereference()
        at += 1


def workers():
    """The workers whose loops run, each with the thread selected that runs it."""
    found, reason = 0, None
    for thread in sorted(gdb.selected_inferior().threads(), key=lambda thread: thread.num):
        thread.switch()
        try:
            address = gdb.parse_and_eval(f"*(unsigned long*)&'{CURRENT_WORKER}'")
        except gdb.error as error:
            reason = error  # perhaps only this thread has no storage of its own
            continue
        if address != 0:
            found += 1
            yield address.cast(gdb.lookup_type("rehearse::Worker").pointer())
    if found == 0 and reason is not None:
        raise reason


def show_fiber(worker, fiber, only):
    state = STATES.get(int(read_word(int(fiber["word_"].address))) & 0xff, "in an unknown state")
    where = fiber["where"]
    place = f" at {where.string()}" if where != 0 else ""
    title = (f"{describe(fiber['strand_'])}: {state}{place},"
             f" fiber {int(fiber):#x} of worker {worker['index_']}")
    if only not in title:
        return 0
    print(title)
    for line in backtrace(int(fiber["context_"])):
        print(f"    {line}")
    return 1


def show_all(only):
    shown = found = 0
    for worker in workers():
        found += 1
        for fiber in fibers_of(worker):
            if fiber["strand_"] != 0 and fiber != worker["current_"]:
                shown += show_fiber(worker, fiber, only)
    print(f"{shown} waiting on {found} workers")


class RehearseFibers(gdb.Command):
    """Print the backtrace of each parked actor and task, and what it waits for."""

    def __init__(self):
        super().__init__("rehearse-fibers", gdb.COMMAND_STACK)

    def invoke(self, argument, _from_tty):
        thread = gdb.selected_thread()
        if thread is None:
            raise gdb.GdbError("no process and no core file here")
        frame = gdb.selected_frame().level()
        try:
            show_all(argument.strip())
        except gdb.error as error:
            raise gdb.GdbError(
                f"{error}\nIs this a program on Rehearse, its actor/ compiled with -g?")
        finally:
            thread.switch()
            gdb.execute(f"frame {frame}", to_string=True)


RehearseFibers()
