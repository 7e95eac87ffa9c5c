#include "rehearse/net/membership/member_table.h"

#include <utility>

#include "rehearse/net/membership/member_proof.h"

namespace rehearse::net {

Member MemberOf(const MemberWord& word) {
  return {word.name, word.address, word.life, word.incarnation,
          static_cast<MemberState>(word.state)};
}

bool MemberTable::IsValid(const MemberWord& word) {
  return !word.name.empty() && word.name.size() <= kNameBytesMax && !word.address.empty() &&
         word.address.size() <= kAddressBytesMax && word.proof.size() <= kProofBytesMax &&
         word.by.size() <= kNameBytesMax && word.incarnation <= kIncarnationMax &&
         word.state <= static_cast<uint8_t>(MemberState::kLeft);
}

MemberTable::Verdict MemberTable::Merge(const MemberWord& word, Instant now) {
  if (!IsValid(word)) return Verdict::kNotValid;
  const Member said = MemberOf(word);
  const auto at = members_.find(word.name);
  if (at == members_.end()) {
    if (!said.present()) return Verdict::kStranger;
    if (members_.size() >= members_max_ && !MakeRoom()) return Verdict::kNoRoom;
    members_.emplace(word.name, KnownMember{said, word.by, word.proof, now});
    ++present_;
    return Verdict::kNews;
  }
  KnownMember& known = at->second;
  if (ProvenPart(said.address) != ProvenPart(known.member.address)) return Verdict::kConflict;
  if (RankOf(said) <= RankOf(known.member)) return Verdict::kOld;
  if (said.life == known.member.life &&
      said.incarnation - known.member.incarnation > kIncarnationStepMax) {
    return Verdict::kNotValid;
  }
  present_ += static_cast<size_t>(said.present()) - static_cast<size_t>(known.member.present());
  known = {said, word.by, word.proof, now};
  return Verdict::kNews;
}

MemberWord MemberTable::WordOf(const std::string& name) const {
  const KnownMember& known = members_.find(name)->second;
  const Member& member = known.member;
  return {.name = member.name,
          .address = member.address,
          .life = member.life,
          .incarnation = member.incarnation,
          .state = static_cast<uint8_t>(member.state),
          .by = known.by,
          .proof = known.proof};
}

const KnownMember* MemberTable::Find(absl::string_view name) const {
  const auto at = members_.find(name);
  return at == members_.end() ? nullptr : &at->second;
}

void MemberTable::Forget(Instant before, absl::string_view but) {
  std::erase_if(members_, [&](const auto& entry) {
    return entry.first != but && !entry.second.member.present() && entry.second.changed < before;
  });
}

void MemberTable::SetBy(absl::string_view name, std::string by) {
  members_.find(name)->second.by = std::move(by);
}

bool MemberTable::MakeRoom() {
  auto oldest = members_.end();
  for (auto at = members_.begin(); at != members_.end(); ++at) {
    if (at->second.member.present()) continue;
    if (oldest == members_.end() || at->second.changed < oldest->second.changed) oldest = at;
  }
  if (oldest == members_.end()) return false;
  members_.erase(oldest);
  return true;
}

}  // namespace rehearse::net
