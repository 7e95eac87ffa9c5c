#!/bin/bash
# What must not compile: each mistake is refused in a few lines that name the actor and the message.
#
# Carets and quoted source are left out of the count; what is counted is what the compiler has to
# say: g++, and clang++-14 where there is one.

set -u

readonly kLinesMax=8
readonly work="${TEST_TMPDIR}/compile_errors"
compilers=(g++)
[[ -n "$(type -P clang++-14)" ]] && compilers+=(clang++-14)
readonly compilers
for compiler in "${compilers[@]}"; do mkdir -p "${work}/${compiler}"; done

includes=()
while IFS= read -r folder; do
  includes+=("-I${folder}")
done < <(find -L "${TEST_SRCDIR}" -type d -path '*/_include/rehearse' -printf '%h\n' | sort -u)
if [[ ${#includes[@]} -eq 0 ]]; then
  echo "no headers under ${TEST_SRCDIR}"
  exit 1
fi
readonly flags=(-std=c++20 -Wall -Wextra -fdiagnostics-color=never "${includes[@]}")
declare -rA no_carets=([g++]=-fno-diagnostics-show-caret [clang++-14]=-fno-caret-diagnostics)

cat > "${work}/prelude.h" <<'END'
#include "rehearse/actor/actor.h"
#include "rehearse/actor/address.h"
#include "rehearse/actor/message_timer.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/recipient.h"
#include "rehearse/actor/supervision/supervised.h"

struct Deposit {};
struct Withdraw {};

class Viewer : public rehearse::Actor {
 public:
  std::string_view Handle(const Deposit&) { return "a view"; }
  absl::StatusOr<absl::string_view> Handle(const Withdraw&) { return "a view"; }
  absl::Span<const int> Handle(int) { return {}; }
};

// Its base's messages are hidden.
class Clerk : public Viewer {
 public:
  void Handle(double) {}
};

class Teller : public rehearse::Actor {
 public:
  void Handle(const Deposit&) {}
  long Handle(long amount) { return amount; }
};
class Numbered : public rehearse::Actor {
 public:
  explicit Numbered(std::string word);
};
using DepositProtocol = rehearse::Protocol<void(Deposit)>;
using WithdrawProtocol = rehearse::Protocol<void(Withdraw)>;
using LongProtocol = rehearse::Protocol<int(long)>;
END
# Once for all cases. Found in place of prelude.h when the flags are the same.
for compiler in "${compilers[@]}"; do
  cp "${work}/prelude.h" "${work}/${compiler}/"
  "${compiler}" "${flags[@]}" "${no_carets[${compiler}]}" -x c++-header "${work}/${compiler}/prelude.h" \
    -o "${work}/${compiler}/prelude.h.gch" || exit 1
done

failures=0

# fail <compiler> <claim>
fail() {
  echo "FAILED with $1: $2"
  cat "${work}/said"
  failures=$((failures + 1))
}

# compile <compiler> <code>
compile() {
  printf 'void Case(rehearse::Node& node) {\n  rehearse::ActorRef<Teller> teller = node.Spawn<Teller>();\n%s\n}\n' \
    "$2" > "${work}/case.cc"
  LC_ALL=C "$1" "${flags[@]}" "${no_carets[$1]}" -Winvalid-pch -fsyntax-only -include "${work}/$1/prelude.h" \
    "${work}/case.cc" > "${work}/said" 2>&1
}

accepts() {
  for compiler in "${compilers[@]}"; do
    compile "${compiler}" "$2" || fail "${compiler}" "$1: it should compile"
  done
}

# refuses <claim> <code> <words that the diagnostics must contain>…
refuses() {
  local claim="$1" code="$2" compiler lines word
  shift 2
  for compiler in "${compilers[@]}"; do
    if compile "${compiler}" "${code}"; then
      fail "${compiler}" "${claim}: it compiled"
      continue
    fi
    lines="$(wc -l < "${work}/said")"
    ((lines <= kLinesMax)) ||
      fail "${compiler}" "${claim}: ${lines} lines of diagnostics, ${kLinesMax} at most"
    for word in 'error:' "$@"; do
      grep -qF -- "${word}" "${work}/said" ||
        fail "${compiler}" "${claim}: nothing says \"${word}\""
    done
    echo "${compiler}: ${claim}: ${lines} lines"
  done
}

# Another platform is refused before anything else goes wrong there.
for compiler in "${compilers[@]}"; do
  echo '#include "rehearse/actor/actor.h"' > "${work}/case.cc"
  LC_ALL=C "${compiler}" "${flags[@]}" "${no_carets[${compiler}]}" -U__linux__ -fsyntax-only \
    "${work}/case.cc" > "${work}/said" 2>&1
  grep -m1 'error:' "${work}/said" | grep -qF 'Rehearse runs on Linux on x86-64' ||
    fail "${compiler}" 'another platform: the first error does not say where it runs'
done

accepts 'what is handled' \
  '(void)teller.Tell(Deposit{}); (void)teller.Ask(1L);
   rehearse::ActorRef<DepositProtocol> bank = teller; (void)bank.Tell(Deposit{});'

accepts 'a restart with other arguments' \
  'const auto decide = [](const rehearse::ExitReason&) -> rehearse::VerdictFor<Numbered> {
     return rehearse::RestartWith<Numbered>("a word").After(absl::Seconds(1));
   };
   (void)rehearse::SpawnSupervised<Numbered>(node, decide, "another");'

refuses 'a restart with arguments that no constructor takes' \
  '(void)rehearse::RestartWith<Numbered>(1, 2);' 'Numbered' 'int' 'no constructor for these arguments'
refuses 'a verdict for another actor' \
  'const auto decide = [](const rehearse::ExitReason&) -> rehearse::VerdictFor<Teller> {
     return rehearse::Verdict::Stop();
   };
   (void)rehearse::SpawnSupervised<Numbered>(node, decide, "a word");' 'Numbered' 'VerdictFor'
refuses 'tell of a message that is not handled' \
  '(void)teller.Tell(Withdraw{});' 'Teller' 'Withdraw' 'no Handle'
refuses 'ask of a message that is not handled' \
  '(void)teller.Ask(Withdraw{});' 'Teller' 'Withdraw' 'no Handle'
refuses 'a try at telling what is not handled' \
  '(void)teller.TryTell(Withdraw{});' 'Teller' 'Withdraw' 'no Handle'
refuses 'a request of a message that is not handled' \
  '(void)teller.Request(Withdraw{});' 'Teller' 'Withdraw' 'no Handle'
refuses 'a timed message that is not handled' \
  '(void)rehearse::SendAfter(teller, absl::Seconds(1), Withdraw{});' 'Teller' 'Withdraw' 'no Handle'
refuses 'an int for a handler that takes a long' \
  '(void)teller.Tell(1);' 'Teller' 'int' 'no Handle'
refuses 'a char for a handler that takes a long' \
  "(void)teller.Ask('c');" 'Teller' 'char' 'no Handle'
refuses 'tell of a message that the protocol does not have' \
  'rehearse::ActorRef<DepositProtocol> bank = teller; (void)bank.Tell(Withdraw{});' \
  'Deposit' 'Withdraw' 'no message'
refuses 'ask of a message that the protocol does not have' \
  'rehearse::ActorRef<DepositProtocol> bank = teller; (void)bank.Ask(Withdraw{});' \
  'Deposit' 'Withdraw' 'no message'
refuses 'a ref of a class for a protocol that it does not handle' \
  'rehearse::ActorRef<WithdrawProtocol> bank = teller; (void)bank;' \
  'Teller' 'Withdraw' 'does not handle'
refuses 'a ref of a class for a protocol with another reply' \
  'rehearse::ActorRef<LongProtocol> bank = teller; (void)bank;' \
  'Teller' 'long' 'does not handle'
refuses 'a recipient of a message that the class does not handle' \
  'rehearse::Recipient<Withdraw> bank = teller; (void)bank;' 'Teller' 'Withdraw' 'does not take'
refuses 'a recipient of a message that the protocol does not have' \
  'rehearse::ActorRef<DepositProtocol> bank = teller; rehearse::Recipient<Withdraw> to = bank; (void)to;' \
  'Deposit' 'Withdraw' 'does not take'
refuses 'a recipient with another reply' \
  'rehearse::ReplyRecipient<long, int> bank = teller; (void)bank;' 'Teller' 'long' 'does not answer'
refuses 'a watcher that does not handle what it would be told' \
  'rehearse::Monitor(teller, teller);' 'Teller' 'Down' 'a watcher needs'
refuses 'registering a protocol with a message that has no codec' \
  '(void)node.Register<DepositProtocol>("bank", teller);' 'Deposit' 'no codec' 'rehearse_messages'
refuses 'looking up a protocol with a message that has no codec' \
  '(void)node.Named<DepositProtocol>("bank");' 'Deposit' 'no codec' 'rehearse_messages'

refuses 'a ref at an address of a protocol with a message that has no codec' \
  '(void)rehearse::RefAt<DepositProtocol>(node, "#1@bank/1");' 'Deposit' 'no codec' 'rehearse_messages'
refuses 'an address for others of a protocol with a message that has no codec' \
  '(void)rehearse::AddressOf<DepositProtocol>(teller);' 'Deposit' 'no codec' 'rehearse_messages'
refuses 'an acknowledged tell of a message that the protocol does not have' \
  'rehearse::ActorRef<DepositProtocol> bank = teller; (void)bank.TellAcknowledged(Withdraw{});' \
  'Deposit' 'Withdraw' 'no message'
refuses 'a request of a message that the protocol does not have' \
  'rehearse::ActorRef<DepositProtocol> bank = teller; (void)bank.Request(Withdraw{});' \
  'Deposit' 'Withdraw' 'no message'

refuses 'a view as a reply' \
  'auto viewer = node.Spawn<Viewer>(); (void)viewer.Ask(Deposit{});' 'no references, pointers, views'
refuses 'a view in a StatusOr as a reply' \
  'auto viewer = node.Spawn<Viewer>(); (void)viewer.Ask(Withdraw{});' 'no references, pointers, views'
refuses 'a span as a reply' \
  'auto viewer = node.Spawn<Viewer>(); (void)viewer.Ask(1);' 'no references, pointers, views'
refuses 'a view in a Reply' \
  'rehearse::Reply<absl::string_view> reply(node, {}); (void)reply;' 'no references, pointers, views'
refuses 'a message of a base that a derived Handle hides' \
  'auto clerk = node.Spawn<Clerk>(); (void)clerk.Tell(Deposit{});' 'Clerk' 'using Base::Handle'

exit "$((failures != 0))"
