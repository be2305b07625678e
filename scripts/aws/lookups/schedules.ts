import { GetScheduleCommand, GetScheduleGroupCommand, ListTagsForResourceCommand } from '@aws-sdk/client-scheduler';
import { dated, type Lookup, named, tagsOf, text, unlessAbsent } from './lookup.ts';

const absent = 'ResourceNotFoundException';

/** What starts processes on a schedule. */
export const scheduleLookups: Readonly<Record<string, Lookup>> = {
  'aws:scheduler/scheduleGroup:ScheduleGroup': {
    what: 'group of schedules',
    nameOf: named('name'),
    collides: true,
    async find({ clients: { scheduler } }, inputs) {
      const Name = text(inputs, 'name');
      const found = await unlessAbsent(() => scheduler.send(new GetScheduleGroupCommand({ Name })), absent);
      if (found?.Arn === undefined) return undefined;
      const { Tags } = await scheduler.send(new ListTagsForResourceCommand({ ResourceArn: found.Arn }));
      return { importId: Name, tags: tagsOf(Tags), ...dated(found.CreationDate), ready: found.State === 'ACTIVE' };
    },
  },
  'aws:scheduler/schedule:Schedule': {
    what: 'schedule',
    nameOf: named('name'),
    collides: true,
    // Schedules have no tags; their group has.
    inside: true,
    async find({ clients: { scheduler } }, inputs) {
      const [Name, GroupName] = [text(inputs, 'name'), text(inputs, 'groupName')];
      const found = await unlessAbsent(() => scheduler.send(new GetScheduleCommand({ Name, GroupName })), absent);
      if (found === undefined) return undefined;
      return { importId: `${GroupName}/${Name}`, ...dated(found.CreationDate), ready: true };
    },
  },
};
